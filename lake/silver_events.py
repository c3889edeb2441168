"""Silver rows -> events again, as far as grouping looks at them. `to_silver` and this are inverse: a test holds it for every field used."""

from collections.abc import Iterator, Mapping
from sys import intern
from typing import Any

import msgspec

from seiche.grouping import stack_key
from seiche.model.event import Event, ExceptionValue, Frame

_TEXTS: tuple[str, ...] = ("platform", "level", "logger", "transaction", "server_name", "release", "dist", "environment")
_TEXTS += ("message", "message_template", "sdk_name", "sdk_version")
NARROW = (*_TEXTS, "sdk_fingerprint", "tags", "exception_values", "stack_key")
WIDE = ("exceptions", "thread_frames", "frame_packages", "frame_platforms", "mechanisms", "exception_groups")
"""With `NARROW`, every column that grouping, its rules included, may look at. These are equal in all rows of one `stack_key`."""


class Stack(msgspec.Struct, frozen=True):
    """What `WIDE` says; the exceptions' values are of one row of many."""

    exceptions: tuple[ExceptionValue, ...]
    thread_frames: tuple[Frame, ...]
    key: int


def stack_of(row: Mapping[str, Any]) -> Stack:
    """One row as a mapping of `WIDE`."""
    apart = iter(row["frame_packages"] or ()), iter(row["frame_platforms"] or ())
    mechanisms, groups = iter(row["mechanisms"] or ()), iter(row["exception_groups"] or ())
    exceptions = tuple(
        [
            ExceptionValue(
                type=one["type"] or "",
                value=one["value"] or "",
                module=one["module"] or "",
                frames=tuple([_frame(frame, *apart) for frame in one["frames"] or ()]),
                handled=one["handled"],
                synthetic=bool(one["synthetic"]),
                mechanism=next(mechanisms, ""),
                is_group=next(groups, False),
            )
            for one in row["exceptions"] or ()
        ]
    )
    thread_frames = tuple([_frame(frame, *apart) for frame in row["thread_frames"] or ()])
    return Stack(exceptions, thread_frames, stack_key(_event(exceptions, thread_frames)))


def event_of(row: Mapping[str, Any], stack: Stack, *, project_id: int) -> Event:
    """One row as a mapping of `NARROW`; identity and times are not grouping's business and stay empty."""
    exceptions = tuple(
        [
            one if one.value == value else msgspec.structs.replace(one, value=value or "")
            for one, value in zip(stack.exceptions, row["exception_values"] or (), strict=True)
        ]
    )
    return _event(
        exceptions,
        stack.thread_frames,
        project_id=project_id,
        fingerprint=tuple(row["sdk_fingerprint"] or ()),
        tags=tuple([(key, value or "") for key, value in dict(row.get("tags") or ()).items()]),
        **{name: row[name] or "" for name in _TEXTS},
    )


def _event(exceptions: tuple[ExceptionValue, ...], thread_frames: tuple[Frame, ...], *, project_id: int = 0, **rest: Any) -> Event:
    return Event(
        event_id="",
        project_id=project_id,
        received_at_us=0,
        occurred_at_us=0,
        exceptions=exceptions,
        thread_frames=thread_frames,
        **rest,
    )


def _frame(sent: Mapping[str, Any], packages: Iterator[str], platforms: Iterator[str]) -> Frame:
    """Stacks have most of their texts in common."""
    return Frame(
        function=intern(sent["function"] or ""),
        module=intern(sent["module"] or ""),
        filename=intern(sent["filename"] or ""),
        abs_path=intern(sent["abs_path"] or ""),
        lineno=sent["lineno"],
        colno=sent["colno"],
        in_app=bool(sent["in_app"]),
        context_line=intern(sent["context_line"] or ""),
        package=intern(next(packages, "") or ""),
        platform=intern(next(platforms, "") or ""),
    )
