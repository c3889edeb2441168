"""How cost grows with projects, with issues and with the lake: the same small work beside ever more of what is there already.

Usage: python -m bench.growth [projects] [issues] [lake] [hot] [MOST]: as far as MOST (default 100,000,000). On Postgres and S3 where
`make servers` has started them and SEICHE_SERVERS_RUN says so, else on SQLite and a folder; the hot tier is chDB. CPU is this
process's own.
"""

import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from alerts.consumer import Consumer
from bench import lake_rows
from bench.measure import percentile
from lake import bronze, maintenance, silver
from lake.reader import connect
from lake.store import Lake
from seiche.backends.clickhouse_schema import migrate
from seiche.model.record import LogRecord, RecordKind
from seiche.query.language import Query
from seiche.registry import issue_queries
from seiche.registry.engine import make_engine, read, write
from seiche.registry.migrate import upgrade
from seiche.registry.projects import ProjectInfo, bootstrap, create_project, find_key
from seiche.registry.tables import ConsumerOffset, Issue
from seiche.settings import AlertSettings
from seiche.testing import servers
from seiche.testing.generated_log import GeneratedLog
from seiche.testing.olap import OlapProcess

BATCH, TIMES, FILL = 200, 30, 1_000_000
PROJECTS, ISSUES = (1, 100, 1_000, 10_000), (1_000, 10_000, 100_000, 1_000_000)
LAKE_ROWS = (100_000, 1_000_000, 10_000_000, 100_000_000)
HOT_ROWS = (100_000, 1_000_000, 10_000_000, 100_000_000)

USERS = (
    "SELECT fingerprint, uniqMerge(users), sum(count) FROM issue_rollups"
    " WHERE project_id = 1 AND fingerprint IN {some:Array(String)} GROUP BY fingerprint"
)
BY_ID = "SELECT log_partition, log_offset FROM events_hot WHERE project_id = 1 AND event_id = hex(MD5({number:String}))"


class Fed(GeneratedLog):
    """Events of these projects in turn, as many as were asked for."""

    def __init__(self, projects: list[ProjectInfo]) -> None:
        super().__init__(datetime.now(UTC), 0, gap_seconds=0.0001)
        self.projects = projects

    def _record(self, offset: int) -> LogRecord:
        made = super()._record(max(1, offset % 19))
        project = self.projects[offset % len(self.projects)]
        return LogRecord(
            kind=RecordKind.EVENT,
            received_at_us=self._start_us + offset * self._gap_us,
            project_id=project.id,
            public_key=project.public_key,
            event_id=f"{offset:032x}",
            config_version=1,
            received=1,
            body=made.body,
        )


def median_ms(call: Callable[[int], object], times: int = TIMES) -> float:
    """Of the wall's clock, after one that warms up."""
    taken = []
    for number in range(times + 1):
        started = time.perf_counter()
        call(number)
        taken.append(1000 * (time.perf_counter() - started))
    return percentile(taken[1:], 50)


@contextmanager
def registry() -> Iterator[sa.Engine]:
    """An empty one."""
    with tempfile.TemporaryDirectory() as folder:
        database = servers.fresh_database() if servers.run_folder() else None
        url = database.__enter__() if database is not None else f"sqlite:///{folder}/registry.sqlite"
        upgrade(url)
        engine = make_engine(url)
        bootstrap(engine, admin_email="bench@example.org", admin_password="not a secret")
        yield engine
        engine.dispose()
        if database is not None:
            database.__exit__(None, None, None)


def decide(log: Fed, consumer: Consumer) -> str:
    """A batch of events that are all of known issues: after it has met them once."""
    taken, used = [], 0.0
    for number in range(9):
        log.length += BATCH
        started, cpu = time.perf_counter(), time.process_time()
        while consumer.step(0):
            pass
        if number > 1:
            taken.append(time.perf_counter() - started)
            used += time.process_time() - cpu
    return f"{1000 * percentile(taken, 50):8.0f} ms {1e6 * used / (len(taken) * BATCH):6.0f} us"


def projects(most: int) -> None:
    """Of one installation."""
    print(f"projects: {'':4}{'a batch of ' + str(BATCH) + ' events':>26}{'a key looked up p50':>22}", flush=True)
    for count in [one for one in PROJECTS if one <= most]:
        with registry() as engine:
            made = [create_project(engine, f"Shop {number}", slug=f"shop-{number}") for number in range(count)]
            log = Fed(random.Random(1).sample(made, min(count, BATCH)))
            decided = decide(log, Consumer(log, engine, AlertSettings(), base_url="http://bench"))
            keys = [one.public_key for one in made]
            looked = median_ms(lambda number, keys=keys: find_key(engine, keys[number % len(keys)]))  # type: ignore[misc] # bound per loop
            print(f"{count:13,} {decided:>26} {looked:18.1f} ms", flush=True)


def issues(most: int) -> None:
    """Of one project."""
    print(f"issues:   {'':4}{'a batch of ' + str(BATCH) + ' events':>26}{'a page of the list p50':>24}{'their number p50':>18}", flush=True)
    with registry() as engine:
        project = create_project(engine, "Shop")
        log = Fed([project])
        consumer = Consumer(log, engine, AlertSettings(), base_url="http://bench")
        decide(log, consumer)
        held = 0
        for count in [one for one in ISSUES if one <= most]:
            _add_issues(engine, held, count)
            held = count
            decided = decide(log, consumer)
            conditions = _conditions(engine, project.id)
            listed = median_ms(lambda _, found=conditions: _page(engine, found))  # type: ignore[misc]
            counted = median_ms(lambda _, found=conditions: _total(engine, found))  # type: ignore[misc]
            print(f"{count:13,} {decided:>26}{listed:21.1f} ms{counted:15.1f} ms", flush=True)


def _add_issues(engine: sa.Engine, first: int, end: int) -> None:
    with read(engine) as session:
        model = session.scalars(sa.select(Issue).limit(1)).one()
        row = {column.name: getattr(model, column.name) for column in Issue.__table__.columns if column.name != "id"}
    for start in range(first, end, 5_000):
        made = [
            row | {"number": 1_000 + number, "title": f"Error {number}", "last_seen_us": row["last_seen_us"] - number * 1_000}
            for number in range(start, min(end, start + 5_000))
        ]
        with write(engine) as session:
            session.execute(sa.insert(Issue), made)


def _conditions(engine: sa.Engine, project_id: int) -> list[sa.ColumnElement[bool]]:
    with read(engine) as session:
        return issue_queries.matching(session, project_id, Query((), ()))


def _page(engine: sa.Engine, conditions: list[sa.ColumnElement[bool]]) -> None:
    with read(engine) as session:
        issue_queries.page(session, conditions, sort="last_seen", after=None, limit=50)


def _total(engine: sa.Engine, conditions: list[sa.ColumnElement[bool]]) -> None:
    with read(engine) as session:
        issue_queries.total(session, conditions)


def lake(most: int) -> None:
    """Bronze and silver, in an object store where one runs, over thirty days of rows of a thousand projects."""
    names = f"{'files':>8}{'open':>10}{'bronze':>10}{'silver':>10}{'CPU':>12}{'upkeep':>12}{'an hour':>10}{'a week':>10}"
    print(f"lake rows:{'':5}{names}", flush=True)
    with registry() as engine, tempfile.TemporaryDirectory() as folder:
        create_project(engine, "Shop")
        url, options = f"{folder}/lake", None
        if servers.run_folder():
            url, options = f"s3://{servers.bucket()}/{servers.fresh_name('growth')}", servers.storage_options()
        held = 0
        for size in [one for one in LAKE_ROWS if one <= most]:
            lake_rows.fill(Lake(url, options), held, size)
            held = size
            print(f"{size:15,} {_lake_figures(engine, url, options, held)}", flush=True)


def _lake_figures(engine: sa.Engine, url: str, options: dict[str, str] | None, held: int) -> str:
    """Medians of the wall's clock. Upkeep is a compaction of what the small commits left, a checkpoint and a vacuum, of both tables."""
    store = Lake(url, options)
    log = GeneratedLog(lake_rows.START, held, gap_seconds=lake_rows.GAP_SECONDS)

    def stages() -> tuple[float, float, float]:
        log.length += BATCH
        with write(engine) as session:
            session.merge(ConsumerOffset(consumer="alerts", partition=0, offset=log.length, updated_at_us=1))
        cpu, begun = time.process_time(), time.perf_counter()
        bronze.advance(store, log, max_records=10_000)
        between = time.perf_counter()
        silver.advance(store, engine, max_rows=10_000)
        return between - begun, time.perf_counter() - between, time.process_time() - cpu

    opened = median_ms(lambda _: [Lake(url, options).table(name) for name in ("bronze_events", "silver_events")], times=3)
    stages()  # opens the tables, and is no commit like the others
    first, second, used = _columns(stages)
    maintenance.TARGET_FILE_BYTES = lake_rows.FULL_BYTES
    store.memory |= dict.fromkeys(("maintained:bronze_events", "maintained:silver_events"), 0)
    upkeep = time.perf_counter()
    maintenance.maintain(store, every_commits=1)
    upkeep = time.perf_counter() - upkeep
    reader = connect(url, options)
    hour = lake_rows.START + timedelta(seconds=held * lake_rows.GAP_SECONDS / 2)
    one_hour = median_ms(lambda number: lake_rows.hour_of(reader, hour + timedelta(hours=number)), times=5)
    week = median_ms(lambda number: lake_rows.week_of(reader, 2 + number, log.length), times=3)
    files = sum(len(store.table(name).file_uris()) for name in ("bronze_events", "silver_events"))
    cpu_us = 1e6 * sum(used) / (len(used) * BATCH)
    return (
        f"{files:8,}{opened:7.0f} ms{1000 * percentile(first, 50):7.0f} ms{1000 * percentile(second, 50):7.0f} ms{cpu_us:9.0f} us"
        f"{upkeep:10.1f} s{one_hour:7.0f} ms{week:7.0f} ms"
    )


def _columns(call: Callable[[], tuple[float, float, float]], times: int = 12) -> tuple[list[float], list[float], list[float]]:
    found = [call() for _ in range(times)]
    return [one[0] for one in found], [one[1] for one in found], [one[2] for one in found]


def hot(most: int) -> None:
    """The rows behind the list's users and sparklines, and behind one event's search by id."""
    print(f"hot rows: {'':4}{'insert of ' + str(BATCH) + ' p50':>26}{'users of 25 issues p50':>24}{'one event by id p50':>21}", flush=True)
    with tempfile.TemporaryDirectory() as folder, OlapProcess(Path(folder)) as olap:
        client = olap.client()
        migrate(client)
        held = 0

        def insert(start: int, count: int) -> None:
            client.command(
                "INSERT INTO events_hot (received_hour, log_partition, log_offset, received_at, occurred_at, project_id, event_id, "
                "fingerprint, release, environment, level, user_key) "
                "SELECT toStartOfHour(now()) - 3600 * intDiv(number, 150000) AS hour, 0, number, hour, hour, 1, "
                "hex(MD5(toString(number))), concat('f', toString(number % 10007)), concat('shop@', toString(number % 5)), "
                f"'production', 'error', toString(number % 50021) FROM numbers({start}, {count})"
            )

        for size in [one for one in HOT_ROWS if one <= most]:
            for start in range(held, size, FILL):
                insert(start, min(FILL, size - start))
            held = size
            inserted = median_ms(lambda number: insert(110_000_000 + number * BATCH, BATCH), times=10)
            users = median_ms(lambda number: client.query(USERS, parameters={"some": [f"f{number * 25 + one}" for one in range(25)]}))
            found = median_ms(lambda number: client.query(BY_ID, parameters={"number": str(number * 97)}))
            print(f"{size:13,} {inserted:23.0f} ms{users:21.0f} ms{found:18.0f} ms", flush=True)
        client.close()


TABLES = {"projects": projects, "issues": issues, "lake": lake, "hot": hot}


def main(words: list[str]) -> None:
    """The named tables, as far as the number goes, if one is given."""
    most = min([int(word) for word in words if word.isdecimal()], default=max(LAKE_ROWS))
    for name in [word for word in words if word in TABLES] or TABLES:
        TABLES[name](most)


if __name__ == "__main__":
    main(sys.argv[1:])
