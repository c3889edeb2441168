"""Log records -> sightings and tallies. Pure but for the project configuration it is handed."""

from collections.abc import Callable, Sequence

import msgspec

from seiche.errors import SeicheError, Transient
from seiche.grouping import analyse, unprocessable
from seiche.grouping.shape import Shape
from seiche.model.event import Event
from seiche.model.issue import Grouping
from seiche.model.outcome import Outcome, Tally
from seiche.model.project import ProjectConfig
from seiche.model.record import LogRecord, RecordKind, StoredRecord
from seiche.normalize import normalise
from seiche.protocol.codec import decode_body
from seiche.symbolicate import NO_ARTIFACTS, Artifacts, symbolicate

ArtifactsOf = Callable[[int], Artifacts]
"""project id -> what it had uploaded when the batch was begun."""
ConfigOf = Callable[[int, int], ProjectConfig]
"""(project id, version) -> the configuration; raises `NotFound`."""
MINUTE_US = 60_000_000
EVENTS = "error"
"""The category that events count in."""
ERROR_CHARACTERS = 500
_TALLIES = msgspec.json.Decoder(list[Tally])


class Sighting(msgspec.Struct, frozen=True, gc=False):
    """One event of the log and what grouping says of it."""

    partition: int
    offset: int
    record: LogRecord
    event: Event
    grouping: Grouping
    shape: Shape | None = None
    """What the near-duplicate step compares; None where it is switched off."""
    earlier: tuple[str, ...] = ()
    """Fingerprints under grouping versions that the project used before."""
    error: str = ""
    """Why it could not be normalised; it belongs to the project's "unprocessable" issue then."""
    artifacts: Artifacts = NO_ARTIFACTS
    """What its frames were resolved with."""

    @property
    def key(self) -> tuple[int, str]:
        return self.record.project_id, self.grouping.fingerprints[0]


class Prepared(msgspec.Struct, frozen=True):
    """A stretch of one partition: `[start, end)`."""

    partition: int
    start: int
    end: int
    sightings: tuple[Sighting, ...]
    tallies: tuple[Tally, ...]
    items: tuple[StoredRecord, ...] = ()
    """ITEM records, for `alerts.items`."""
    faults: tuple[str, ...] = ()
    """What could not be read and belongs to no event: for the log and the operator."""
    artifact_sequence: int = 0
    """The uploads that its events were resolved with: recorded, so that silver sees the same (ADR 0012)."""
    refilled: bool = False
    """Read from bronze long after the events came, for the log had dropped them: people are told once, not of each issue."""

    def and_then(self, more: "Prepared") -> "Prepared":
        """Both stretches as one."""
        return Prepared(
            self.partition,
            self.start,
            more.end,
            self.sightings + more.sightings,
            self.tallies + more.tallies,
            self.items + more.items,
            self.faults + more.faults,
            self.artifact_sequence,
            self.refilled,
        )


def without_artifacts(_project_id: int) -> Artifacts:
    """Of a consumer that is given none."""
    return NO_ARTIFACTS


def prepare(
    partition: int, start: int, records: Sequence[StoredRecord], config_of: ConfigOf, artifacts_of: ArtifactsOf = without_artifacts
) -> Prepared:
    """Decode, normalise and group; no record can stop it. Raises only what may pass: `Transient`."""
    sightings: list[Sighting] = []
    tallies: list[Tally] = []
    items: list[StoredRecord] = []
    faults: list[str] = []
    for stored in records:
        record = stored.record
        if record.kind == RecordKind.EVENT:
            sightings.append(sighting(stored, config_of, artifacts_of))
            if record.received:
                tallies.append(_receipt(record))
        elif record.kind == RecordKind.ITEM:
            items.append(stored)
        else:
            try:
                tallies.extend(_outcomes(stored))
            except (msgspec.DecodeError, SeicheError) as error:
                # Ingest wrote it: counts that nobody can read are a fault of the program, to be shown, but no reason to stop.
                faults.append(f"the outcome record at offset {stored.offset} of partition {partition} cannot be read: {error}")
    end = records[-1].offset + 1 if records else start
    return Prepared(partition, start, end, tuple(sightings), tuple(tallies), tuple(items), tuple(faults))


def sighting(stored: StoredRecord, config_of: ConfigOf, artifacts_of: ArtifactsOf = without_artifacts) -> Sighting:
    """One event; whatever normalising raises makes it an unprocessable one (decision 10 of docs/architecture.md)."""
    record = stored.record
    try:
        config = config_of(record.project_id, record.config_version)
        artifacts = artifacts_of(record.project_id)
        event = symbolicate(normalise(decode_body(record), record, config, details=False), config, artifacts)
        found = analyse(event, config)
        return Sighting(
            stored.partition, stored.offset, record, event, found.grouping, found.shape, found.earlier, artifacts=artifacts
        )  # fmt: skip
    except Transient:
        raise
    except SeicheError as error:
        return poisoned(stored, str(error))
    except Exception as error:  # noqa: BLE001 - decision 10: a poison event is kept, counted and shown, and stops nothing
        return poisoned(stored, f"{type(error).__name__}: {error}")


def poisoned(stored: StoredRecord, error: str) -> Sighting:
    """An event that cannot be read: it counts as stored, under the project's "unprocessable" issue."""
    record = stored.record
    event = Event(
        event_id=record.event_id,
        project_id=record.project_id,
        received_at_us=record.received_at_us,
        occurred_at_us=record.received_at_us,
    )
    error = error[:ERROR_CHARACTERS]
    return Sighting(stored.partition, stored.offset, record, event, unprocessable(error), error=error)


def with_details(seen: Sighting, config_of: ConfigOf) -> Event:
    """The event again, with what people read."""
    try:
        config = config_of(seen.record.project_id, seen.record.config_version)
        return symbolicate(normalise(decode_body(seen.record), seen.record, config), config, seen.artifacts)
    except Transient:
        raise
    except Exception:  # noqa: BLE001 - the sighting already says why it cannot be read; without details it is still shown
        return seen.event


def _receipt(record: LogRecord) -> Tally:
    category = EVENTS if record.item_type == "event" else record.item_type
    minute = record.received_at_us // MINUTE_US
    return Tally(record.project_id, record.public_key, category, Outcome.RECEIVED, "", minute, record.received)


def _outcomes(stored: StoredRecord) -> list[Tally]:
    return _TALLIES.decode(decode_body(stored.record))
