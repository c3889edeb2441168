"""A batch's unresolved frames -> rows of `unresolved_files`. Pure."""

import hashlib
from collections.abc import Iterable
from typing import Any

import msgspec

from alerts.prepare import Sighting
from seiche.symbolicate.unresolved import Lacking, lacking

BATCH_LIMIT = 200
"""Different rows of one project and batch; what is more is added up by its reason alone, so that nothing goes uncounted."""
TEXT_CHARACTERS = 500


def unresolved(seen: Iterable[Sighting]) -> list[dict[str, Any]]:
    """Sightings in ascending order of offset; none of them a repeated event."""
    found: dict[tuple[int, Lacking], dict[str, Any]] = {}
    rows_of: dict[int, int] = {}
    for one in seen:
        project_id, at_us = one.record.project_id, one.record.received_at_us
        counted: set[Lacking] = set()
        for exact, (frames, text) in lacking(one.event).items():
            what = exact
            if (project_id, what) not in found and rows_of.get(project_id, 0) >= BATCH_LIMIT:
                what = Lacking("", "", "", "", exact.reason)
            if (project_id, what) not in found:
                rows_of[project_id] = rows_of.get(project_id, 0) + 1
                found[project_id, what] = {
                    "project_id": project_id, "key": _key(what), **msgspec.structs.asdict(what),
                    "frames": 0, "events": 0, "first_seen_us": at_us,
                }  # fmt: skip
            row = found[project_id, what]
            row["frames"] += frames
            row["events"] += what not in counted
            counted.add(what)
            row |= {"text": text[:TEXT_CHARACTERS], "last_seen_us": at_us}
            row |= {"last_event_id": one.event.event_id, "last_fingerprint": one.grouping.fingerprints[0]}
    return sorted(found.values(), key=lambda row: (row["project_id"], row["key"]))


def _key(what: Lacking) -> str:
    parts = msgspec.json.encode(msgspec.structs.astuple(what))
    return hashlib.blake2b(parts, digest_size=16).hexdigest()
