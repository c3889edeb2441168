"""Which offsets of a batch repeat an earlier event: the window of the last hour, and the hot tier for older events."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence

from alerts.prepare import Sighting
from alerts.window import Window, key_of

StoredBefore = Callable[[int, Collection[str]], Mapping[str, tuple[int, int]]]
"""(project id, event ids) -> where the log held those that `events_hot` has; raises `Transient` where it does not answer."""


def repeats(
    window: Window, sightings: Sequence[Sighting], stored_before: StoredBefore | None, *, window_is_short: bool = False
) -> set[int]:
    """Offsets whose (project, event id) came before, at a lower offset. The window is only read: `remember` follows the commit.

    `window_is_short`: it may lack events of its hour, for the log no longer has them. All are looked for in the hot tier then.
    """
    found: set[int] = set()
    batch: set[bytes] = set()
    old: dict[int, dict[str, Sighting]] = defaultdict(dict)
    for one in sightings:
        record = one.record
        key = key_of(record.project_id, record.event_id)
        if key in batch or window.seen(key, record.received_at_us):
            found.add(one.offset)
        elif window_is_short or one.event.occurred_at_us < record.received_at_us - window.length_us:
            old[record.project_id][record.event_id] = one
        batch.add(key)
    if stored_before is not None:
        for project_id, asked in old.items():
            for event_id, first in stored_before(project_id, asked).items():
                # Its own row does not count: after a restored registry the hot tier is ahead.
                if event_id in asked and first != (asked[event_id].partition, asked[event_id].offset):
                    found.add(asked[event_id].offset)
    return found


def remembered(sightings: Sequence[Sighting]) -> list[tuple[bytes, int]]:
    """What the window takes in after the commit."""
    return [(key_of(one.record.project_id, one.record.event_id), one.record.received_at_us) for one in sightings]
