"""Bronze rows -> silver rows: normalise, group, and flat columns straight from the structs (no dict a row)."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import pyarrow as pa

from lake.tables import EXCEPTION, FRAME, SILVER_EVENTS, WHERE_FROM
from seiche.errors import SeicheError, Transient
from seiche.grouping import analyse, stack_key, unprocessable
from seiche.model.event import Event, ExceptionValue, Frame
from seiche.model.issue import Grouping
from seiche.model.project import ProjectConfig
from seiche.model.record import LogRecord, RecordKind
from seiche.normalize import normalise, search_text
from seiche.symbolicate import NO_ARTIFACTS, Artifacts, symbolicate

T = TypeVar("T")
ConfigOf = Callable[[int, int], ProjectConfig]
"""(project id, config version) -> the immutable configuration pinned at accept."""

ArtifactsOf = Callable[[int, int, int], Artifacts]
"""(project id, log partition, log offset) -> what the event's frames were resolved with when its issue was decided."""

BRONZE_COLUMNS = (
    *(field.name for field in WHERE_FROM),
    "public_key",
    "sent_at",
    "client_ip",
    "user_agent",
    "config_version",
    "scrub_version",
    "payload",
)
ERROR_CHARACTERS = 1000
_MAPS: Any = pa.MapArray  # their stubs know Python lists only
_LISTS: Any = pa.ListArray


def without_artifacts(_project_id: int, _partition: int, _offset: int) -> Artifacts:
    """Of rows whose projects uploaded nothing."""
    return NO_ARTIFACTS


def to_silver(
    bronze: pa.Table,
    duplicates: frozenset[tuple[int, int]] | set[tuple[int, int]],
    config_of: ConfigOf,
    artifacts_of: ArtifactsOf = without_artifacts,
) -> pa.Table:
    """One silver row per bronze row, in its order. An event that cannot be processed keeps its row, with the error."""
    events: list[Event] = []
    groupings: list[Grouping] = []
    keys: list[int] = []
    errors: list[str | None] = []
    places: list[Any] = list(zip(bronze["log_partition"].to_pylist(), bronze["log_offset"].to_pylist(), strict=True))
    for record, place in zip(_records(bronze), places, strict=True):
        event, key, grouping, error = _process(record, config_of, artifacts_of, place)
        events.append(event)
        keys.append(key)
        groupings.append(grouping)
        errors.append(error)
    repeated = [place in duplicates for place in places]
    columns: dict[str, Any] = {field.name: bronze[field.name] for field in WHERE_FROM}
    columns |= {"duplicate": repeated, "unprocessable": errors}
    columns |= _columns(events, groupings, keys)
    return pa.table([_column(columns[field.name], field.type) for field in SILVER_EVENTS], schema=SILVER_EVENTS)


def _records(bronze: pa.Table) -> Iterator[LogRecord]:
    """The log records that these rows were, with their headers."""
    micros = {name: bronze[name].cast(pa.int64()).to_pylist() for name in ("received_at", "sent_at")}
    names = ("project_id", "public_key", "event_id", "client_ip", "user_agent", "config_version", "scrub_version", "payload")
    rows = zip(micros["received_at"], micros["sent_at"], *(bronze[name].to_pylist() for name in names), strict=True)
    for received, sent, project, key, event_id, address, agent, config, scrub, payload in rows:
        yield LogRecord(
            kind=RecordKind.EVENT,
            received_at_us=received,
            sent_at_us=sent,
            project_id=project,
            public_key=key or "",
            event_id=event_id,
            client_ip=address or "",
            user_agent=agent or "",
            config_version=config or 0,
            scrub_version=scrub or 0,
            received=1,
            body=payload.encode() if payload is not None else b"",
        )


def _process(
    record: LogRecord, config_of: ConfigOf, artifacts_of: ArtifactsOf, place: tuple[int, int]
) -> tuple[Event, int, Grouping, str | None]:
    try:
        config = config_of(record.project_id, record.config_version)
        event = normalise(record.body, record, config, details=False)  # no column holds what only people read
        event = symbolicate(event, config, artifacts_of(record.project_id, *place))
        key = stack_key(event)
        return event, key, analyse(event, config, stack=key).grouping, None
    except Transient:
        raise
    except SeicheError as error:
        text = str(error)
    except Exception as error:  # noqa: BLE001 - decision 10: whatever normalising raises, the event is kept and counted
        text = f"{type(error).__name__}: {error}"
    text = text[:ERROR_CHARACTERS]
    event = Event(
        event_id=record.event_id,
        project_id=record.project_id,
        received_at_us=record.received_at_us,
        occurred_at_us=record.received_at_us,
    )
    return event, stack_key(event), unprocessable(text), text


def _columns(events: Sequence[Event], groupings: Sequence[Grouping], keys: Sequence[int]) -> dict[str, Any]:
    scalars: tuple[str, ...] = ("platform", "level", "logger", "transaction", "server_name", "release", "dist", "environment")
    scalars += ("message", "message_template", "sdk_name", "sdk_version")
    columns: dict[str, Any] = {name: [getattr(event, name) for event in events] for name in scalars}
    columns |= {name: [getattr(grouping, name) for grouping in groupings] for name in ("type", "value", "culprit", "title")}
    columns |= {
        "occurred_at": [event.occurred_at_us for event in events],
        "fingerprint": [grouping.fingerprints[0] for grouping in groupings],
        "fingerprints": [grouping.fingerprints for grouping in groupings],
        "sdk_fingerprint": [event.fingerprint for event in events],
        "grouping_version": [grouping.version for grouping in groupings],
        "user_key": [event.user.key for event in events],
        "tags": _tags(events),
        "exceptions": _exceptions([event.exceptions for event in events]),
        "thread_frames": _frames([event.thread_frames for event in events]),
        "frame_packages": [_of_frames(event, "package") for event in events],
        "frame_platforms": [_of_frames(event, "platform") for event in events],
        "mechanisms": [_if_any([exception.mechanism for exception in event.exceptions]) for event in events],
        "exception_groups": [_if_any([exception.is_group for exception in event.exceptions]) for event in events],
        "exception_values": [[exception.value for exception in event.exceptions] for event in events],
        "stack_key": keys,
        "search_text": [search_text(event, grouping) for event, grouping in zip(events, groupings, strict=True)],
    }
    return columns


def _of_frames(event: Event, name: str) -> list[str]:
    """Grouping looks at them; they have columns of their own because a struct's fields cannot be added to a table that exists."""
    frames = [frame for exception in event.exceptions for frame in exception.frames]
    return _if_any([getattr(frame, name) for frame in (*frames, *event.thread_frames)])


def _if_any(values: list[T]) -> list[T]:
    return values if any(values) else []


def _column(values: Any, kind: pa.DataType) -> Any:
    return values if isinstance(values, (pa.Array, pa.ChunkedArray)) else pa.array(values, kind)


def _offsets(groups: Sequence[Sequence[Any]]) -> Any:
    offsets, total = [0], 0
    for items in groups:
        total += len(items)
        offsets.append(total)
    return pa.array(offsets, pa.int32())


def _tags(events: Sequence[Event]) -> Any:
    tags = [tuple(dict(event.tags).items()) for event in events]  # a map's keys are unique; the last one sent wins
    keys = pa.array([key for pairs in tags for key, _ in pairs], pa.string())
    return _MAPS.from_arrays(_offsets(tags), keys, pa.array([value for pairs in tags for _, value in pairs], pa.string()))


def _frames(stacks: Sequence[Sequence[Frame]]) -> Any:
    flat = [frame for stack in stacks for frame in stack]
    arrays = [pa.array([getattr(frame, field.name) for frame in flat], field.type) for field in FRAME]
    return _LISTS.from_arrays(_offsets(stacks), pa.StructArray.from_arrays(arrays, fields=list(FRAME)))


def _exceptions(chains: Sequence[Sequence[ExceptionValue]]) -> Any:
    flat = [exception for chain in chains for exception in chain]
    plain = [field for field in EXCEPTION if field.name != "frames"]
    arrays = [pa.array([getattr(exception, field.name) for exception in flat], field.type) for field in plain]
    arrays.append(_frames([exception.frames for exception in flat]))
    return _LISTS.from_arrays(_offsets(chains), pa.StructArray.from_arrays(arrays, fields=list(EXCEPTION)))
