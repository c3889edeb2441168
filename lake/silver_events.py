"""Silver rows -> events again, as far as grouping looks at them. `to_silver` and this are inverse: a test holds it for every field used."""

from collections.abc import Iterator, Mapping
from typing import Any

from seiche.model.event import Event, ExceptionValue, Frame

INPUTS = (
    "platform",
    "level",
    "logger",
    "transaction",
    "server_name",
    "release",
    "dist",
    "environment",
    "message",
    "message_template",
    "sdk_fingerprint",
    "exceptions",
    "thread_frames",
    "frame_packages",
    "frame_platforms",
    "mechanisms",
    "sdk_name",
    "sdk_version",
    "tags",
)
"""Every column that grouping, its rules included, may look at."""
_TEXTS: tuple[str, ...] = ("platform", "level", "logger", "transaction", "server_name", "release", "dist", "environment")
_TEXTS += ("message", "message_template", "sdk_name", "sdk_version")


def event_of(row: Mapping[str, Any], *, project_id: int) -> Event:
    """One row as a mapping of `INPUTS`; identity and times are not grouping's business and stay empty."""
    apart = iter(row["frame_packages"] or ()), iter(row["frame_platforms"] or ())
    mechanisms = iter(row["mechanisms"] or ())
    exceptions = tuple(
        ExceptionValue(
            type=one["type"] or "",
            value=one["value"] or "",
            module=one["module"] or "",
            frames=tuple(_frame(frame, *apart) for frame in one["frames"] or ()),
            handled=one["handled"],
            synthetic=bool(one["synthetic"]),
            mechanism=next(mechanisms, ""),
        )
        for one in row["exceptions"] or ()
    )
    thread_frames = tuple(_frame(frame, *apart) for frame in row["thread_frames"] or ())
    texts: dict[str, Any] = {name: row[name] or "" for name in _TEXTS}
    return Event(
        event_id="",
        project_id=project_id,
        received_at_us=0,
        occurred_at_us=0,
        exceptions=exceptions,
        thread_frames=thread_frames,
        fingerprint=tuple(row["sdk_fingerprint"] or ()),
        tags=tuple((key, value or "") for key, value in row.get("tags") or ()),
        **texts,
    )


def _frame(sent: Mapping[str, Any], packages: Iterator[str], platforms: Iterator[str]) -> Frame:
    return Frame(
        function=sent["function"] or "",
        module=sent["module"] or "",
        filename=sent["filename"] or "",
        abs_path=sent["abs_path"] or "",
        lineno=sent["lineno"],
        colno=sent["colno"],
        in_app=bool(sent["in_app"]),
        context_line=sent["context_line"] or "",
        package=next(packages, "") or "",
        platform=next(platforms, "") or "",
    )
