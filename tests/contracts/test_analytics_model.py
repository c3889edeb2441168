"""Any sequence of what the pipeline does to ClickHouse agrees with a dict: inserts, some sent twice or torn, rebuilt hours, retention.

Silver is a real Delta table, described by a dict of its own; what pages ask of the hot tier is compared after every step.
"""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import hypothesis
import pyarrow as pa
import pytest
from hypothesis import strategies as st

from lake import hot
from lake.store import Lake
from lake.tables import BRONZE_EVENTS, SILVER_EVENTS
from seiche.backends.clickhouse_schema import migrate
from seiche.backends.clickhouse_tables import drop_before, drop_project_before, hours_held, next_offset, partition_id
from seiche.testing.olap import OlapProcess
from tests.contracts.test_models import EXAMPLES, kind, steps

pytestmark = pytest.mark.timeout(300)  # 850 requests: seconds on a quiet machine, minutes on one that ten others share
HOUR = datetime(2026, 11, 24, 10, tzinfo=UTC)
HOURS, PARTITIONS = 3, (0, 1)


class Row(NamedTuple):
    """What of an event the comparison looks at; `minute` is when it was received, `late` how many minutes it had been under way."""

    project: int
    fingerprint: str
    minute: int
    late: int
    user: str
    duplicate: bool


Place = tuple[int, int]
"""(log partition, log offset)"""
ROW = st.builds(
    Row,
    st.integers(1, 2),
    st.sampled_from(["f1", "f2"]),
    st.integers(0, 60 * HOURS - 1),
    st.integers(0, 90),
    st.sampled_from(["", "id:1", "id:2", "id:3"]),
    st.sampled_from([False, False, False, True]),
)
ROWS = st.lists(ROW, min_size=1, max_size=6)
PARTITION, ANY_HOUR = st.sampled_from(PARTITIONS), st.integers(0, HOURS - 1)
STEPS = steps(
    kind("store", PARTITION, ROWS),
    kind("store", PARTITION, ROWS),
    kind("advance", st.integers(1, 8), st.booleans()),
    kind("advance", st.integers(1, 8), st.booleans()),
    kind("torn", ANY_HOUR, st.sampled_from(["none of it", "some of it"])),
    kind("rebuild", ANY_HOUR, st.sampled_from(["f1", "f3", ""])),
    kind("retention", ANY_HOUR, st.sampled_from([0, 0, 1, 2])),
)


class Twice:
    """A client whose inserts are sent again, as after an answer that was lost."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def insert_arrow(self, *words: Any, **options: Any) -> None:
        for _ in range(2):
            self._client.insert_arrow(*words, **options)


@pytest.fixture
def client(tmp_path):
    with OlapProcess(tmp_path / "olap") as process:
        client = process.client()
        migrate(client)
        yield client
        client.close()


@pytest.fixture
def lake(tmp_path):
    """With bronze's positions, which say how many partitions the log has."""
    lake = Lake(str(tmp_path / "lake"))
    lake.table("bronze_events")
    lake.append("bronze_events", BRONZE_EVENTS.empty_table(), positions={f"bronze:{partition}": 1 for partition in PARTITIONS})
    return lake


def as_silver(rows: dict[Place, Row]) -> pa.Table:
    def one(place: Place, row: Row) -> dict[str, Any]:
        received = HOUR + timedelta(minutes=row.minute)
        return {
            "received_date": received.date(),
            "received_hour": received.hour,
            "log_partition": place[0],
            "log_offset": place[1],
            "received_at": received,
            "occurred_at": received - timedelta(minutes=row.late),
            "project_id": row.project,
            "event_id": f"{place[0]:02x}{place[1]:030x}",
            "fingerprint": row.fingerprint,
            "user_key": row.user,
            "duplicate": row.duplicate,
        }

    return pa.Table.from_pylist([one(*item) for item in sorted(rows.items())], schema=SILVER_EVENTS)


def rolled_up(rows: dict[Place, Row]) -> list[tuple[Any, ...]]:
    """As `issue_rollups` has it: (project, fingerprint, hour received, hour occurred, count, users, first and last seen)."""
    groups: defaultdict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in rows.values():
        occurred = HOUR + timedelta(minutes=row.minute - row.late)
        groups[row.project, row.fingerprint, HOUR + timedelta(hours=row.minute // 60), occurred.replace(minute=0)].append(row)
    found = []
    for key, some in groups.items():
        seen = [HOUR + timedelta(minutes=row.minute - row.late) for row in some]
        found.append((*key, len(some), len({row.user for row in some if row.user}), min(seen), max(seen)))
    return sorted(found)


def held(client) -> dict[Place, Row]:
    query = (
        "SELECT log_partition, log_offset, project_id, fingerprint, received_at, dateDiff('minute', occurred_at, received_at), user_key"
        " FROM events_hot ORDER BY 1, 2"
    )
    rows = client.query(query).result_rows
    found = {
        (partition, offset): Row(project, fingerprint, round((received - HOUR).total_seconds() / 60), late, user, duplicate=False)
        for partition, offset, project, fingerprint, received, late, user in rows
    }
    assert len(found) == len(rows), "an event is in the hot tier twice"
    return found


def held_rollups(client) -> list[tuple[Any, ...]]:
    query = (
        "SELECT project_id, fingerprint, received_hour, occurred_hour, sum(count), uniqMerge(users), min(first_seen), max(last_seen)"
        " FROM issue_rollups GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4"
    )
    return [tuple(row) for row in client.query(query).result_rows]


class World:
    """Silver, the hot tier, and what a dict says that they hold."""

    def __init__(self, lake: Lake, client: Any) -> None:
        self.lake, self.client = lake, client
        self.silver: dict[Place, Row] = {}
        self.hot: dict[Place, Row] = {}
        self.ends = dict.fromkeys(PARTITIONS, 0)

    def positions(self) -> dict[int, int]:
        """What the hot tier says that it goes on from."""
        return {partition: next_offset(self.client, hot.EVENTS, partition) for partition in PARTITIONS}

    def of_hour(self, number: int) -> dict[Place, Row]:
        return {place: row for place, row in self.silver.items() if row.minute // 60 == number}

    def store(self, partition: int, rows: list[Row]) -> None:
        start = self.ends[partition]
        self.ends[partition] += len(rows)
        new = {(partition, start + number): row for number, row in enumerate(rows)}
        self.silver.update(new)
        self.lake.table("silver_events")
        self.lake.append("silver_events", as_silver(new), positions={f"silver:{partition}": self.ends[partition]})

    def advance(self, most: int, sent_twice: bool) -> None:
        """One call; how far it gets is its own affair, but what lies before that is there and nothing else is."""
        before = self.positions()
        hot.advance(self.lake, Twice(self.client) if sent_twice else self.client, max_offsets=most)
        after = self.positions()
        assert all(before[partition] <= after[partition] <= end for partition, end in self.ends.items())
        self.hot.update(
            {place: row for place, row in self.silver.items() if before[place[0]] <= place[1] < after[place[0]] and not row.duplicate}
        )

    def catch_up(self) -> None:
        """Further than there is: then nothing of silver is ahead of the hot tier."""
        self.advance(1000, sent_twice=False)
        reached = self.positions()
        assert all(row.duplicate for place, row in self.silver.items() if place[1] >= reached[place[0]])

    def torn(self, hour: int, left: str) -> None:
        """The process died between an insert and its view's, and another one goes on."""
        moment = HOUR + timedelta(hours=hour)
        if moment in hours_held(self.client, hot.ROLLUPS):
            if left == "some of it":
                self.client.command(f"ALTER TABLE issue_rollups_staging DROP PARTITION {partition_id(moment)}")
                self.client.command(
                    "INSERT INTO issue_rollups_staging SELECT * FROM issue_rollups"
                    f" WHERE received_hour = toDateTime({int(moment.timestamp())}, 'UTC') AND fingerprint = 'f1'"
                )
            self.client.command(f"ALTER TABLE issue_rollups DROP PARTITION {partition_id(moment)}")
            self.client.command("INSERT INTO issue_rollups SELECT * FROM issue_rollups_staging")
            self.client.command(f"ALTER TABLE issue_rollups_staging DROP PARTITION {partition_id(moment)}")
        self.lake.memory.clear()
        self.advance(1, sent_twice=False)

    def rebuild(self, hour: int, fingerprint: str) -> None:
        """A closed hour that silver has anew: regrouped, or (for "") left by everybody. Twice is as good as once."""
        self.catch_up()
        changed = {place: row._replace(fingerprint=fingerprint) for place, row in self.of_hour(hour).items()}
        self.silver = {place: row for place, row in self.silver.items() if place not in changed}
        if fingerprint:
            self.silver |= changed
        moment = HOUR + timedelta(hours=hour)
        self.lake.table("silver_events")
        where = f"received_date = '{moment:%Y-%m-%d}' AND received_hour = {moment.hour}"
        self.lake.replace("silver_events", as_silver(self.of_hour(hour)), predicate=where)
        kept = {place: row for place, row in self.of_hour(hour).items() if not row.duplicate}
        for _ in range(2):
            assert hot.rebuild_hour(self.lake, self.client, moment).rows == len(kept)
        self.hot = {place: row for place, row in self.hot.items() if row.minute // 60 != hour} | kept

    def retention(self, hour: int, project: int) -> None:
        """Of one project, or (for 0) of all; the second time finds nothing, and nobody's position goes back."""
        cutoff = HOUR + timedelta(hours=hour, minutes=30)  # whole hours go: this one stays
        before = self.positions()
        for turn in range(2):
            old = {place: row for place, row in self.hot.items() if row.minute // 60 < hour and (not project or row.project == project)}
            hours = len({row.minute // 60 for row in old.values()})
            if project:
                assert drop_project_before(self.client, hot.EVENTS, project, cutoff, cursor=True) == hours
                assert drop_project_before(self.client, hot.ROLLUPS, project, cutoff) == hours
            else:
                assert drop_before(self.client, hot.EVENTS, cutoff, cursor=True) == hours
                assert drop_before(self.client, hot.ROLLUPS, cutoff) == hours
            assert turn == 0 or not old
            for place in old:
                del self.hot[place]
        assert self.positions() == before

    def compare(self) -> None:
        assert held(self.client) == self.hot
        assert held_rollups(self.client) == rolled_up(self.hot)


def test_the_hot_tier_is_a_dict(lake, client) -> None:
    world, taken = World(lake, client), set()

    @EXAMPLES
    @hypothesis.given(STEPS)
    def play(script) -> None:
        for what, *given in script:
            getattr(world, what)(*given)
            taken.add(what)
            world.compare()

    play()
    world.catch_up()
    world.compare()
    assert taken == {"store", "advance", "torn", "rebuild", "retention"}
    assert sum(world.ends.values()) > 20
    assert world.hot
