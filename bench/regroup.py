"""What a preview over history costs: labelled events repeated in a real silver table, their users, loggers and times varied.

Usage: python -m bench.regroup [EVENTS] [--apart 20] (default 100,000). `--apart`: so many different inputs a labelled event, as ids in
texts make them. Writing a million events takes about a minute; only the preview is timed, in a process of its own.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import sqlalchemy as sa

from bench.grouping import SETS, load
from lake.regroup import preview
from lake.rows import BATCH_ROWS
from lake.silver_rows import _column, _columns
from lake.store import Lake
from lake.tables import SILVER_EVENTS
from seiche.grouping import analyse, stack_key
from seiche.model.project import ProjectConfig
from seiche.registry.engine import make_engine, write
from seiche.registry.migrate import upgrade
from seiche.registry.projects import bootstrap, create_project
from seiche.registry.tables import FingerprintRow, Issue, Project

USERS = 5_000
COMMIT_ROWS = 10 * BATCH_ROWS
SPACING_US = 250_000
RULES = 'error.type:*Error level:error -> {{ default }}, {{ transaction }}\nlogger:"logger 1*" -> logger-one\n'


def batches(rows: int, apart: int) -> Iterator[tuple[pa.Table, list[str]]]:
    """`rows` events as silver holds them, with the fingerprints among them."""
    events = [row.event for name in SETS for row in load(name)]
    groupings = [analyse(event, ProjectConfig(grouping_version=2)).grouping for event in events]
    found = _columns(events, groupings, [stack_key(event) for event in events])
    base = {field.name: _column(found[field.name], field.type) for field in SILVER_EVENTS if field.name in found}
    began = time.time_ns() // 1000 - rows * SPACING_US
    for start in range(0, rows, COMMIT_ROWS):
        numbers = range(start, min(rows, start + COMMIT_ROWS))
        pick = pa.array([number % len(events) for number in numbers])
        table = {name: column.take(pick) for name, column in base.items()}
        micro = pa.array([began + number * SPACING_US for number in numbers]).cast(pa.timestamp("us", tz="UTC"))
        table |= {
            "received_at": micro,
            "occurred_at": micro,
            "received_date": micro.cast(pa.date32()),
            "received_hour": pa.array([(began + number * SPACING_US) // 3_600_000_000 % 24 for number in numbers], pa.int8()),
            "project_id": pa.array([1] * len(numbers), pa.int64()),
            "log_partition": pa.array([0] * len(numbers), pa.int32()),
            "log_offset": pa.array(list(numbers), pa.int64()),
            "event_id": pa.array([f"{number:032x}" for number in numbers]),
            "duplicate": pa.array([False] * len(numbers)),
            "unprocessable": pa.nulls(len(numbers), pa.string()),
            "user_key": pa.array([f"id:{number % USERS}" for number in numbers]),
            "logger": pa.array([f"logger {number // len(events) % apart}" for number in numbers]),
        }
        yield pa.table([table[name] for name in SILVER_EVENTS.names], schema=SILVER_EVENTS), table["fingerprint"].unique().to_pylist()


def make(folder: Path, rows: int, apart: int) -> None:
    """A lake with a silver table, and a registry that knows its fingerprints."""
    url = f"sqlite:///{folder}/registry.sqlite"
    upgrade(url)
    engine = make_engine(url)
    bootstrap(engine, admin_email="bench@example.org", admin_password="not a secret")
    create_project(engine, "Bench")
    lake = Lake(f"{folder}/lake")
    known: set[str] = set()
    for table, fingerprints in batches(rows, apart):
        lake.table("silver_events")
        lake.append("silver_events", table, positions={"silver:0": table["log_offset"][-1].as_py() + 1})
        known.update(fingerprints)
    with write(engine) as session:
        project = session.scalars(sa.select(Project)).one()
        text = dict.fromkeys(("type", "value", "title", "culprit", "level", "platform", "first_event_id", "last_event_id"), "")
        number = dict.fromkeys(("status_changed_at_us", "first_seen_us", "last_seen_us", "created_at_us", "count"), 1)
        place = dict.fromkeys(("first_partition", "first_offset", "last_partition", "last_offset"), 0)
        for count in range(1, len(known) + 1):
            session.add(Issue(id=count, project_id=project.id, number=count, **text, **number, **place))
        session.flush()
        for count, fingerprint in enumerate(sorted(known), 1):
            why = {"rule": "unseen", "score": 1.0, "version": 2, "components": [], "map_version": 1, "created_at_us": 1}
            session.add(FingerprintRow(project_id=project.id, fingerprint=fingerprint, issue_id=count, **why))


def timed(folder: Path, name: str) -> None:
    """One preview, and what it took."""
    config = {"rules": ProjectConfig(grouping_version=2, fingerprint_rules=RULES), "version": ProjectConfig(grouping_version=1)}[name]
    engine, lake = make_engine(f"sqlite:///{folder}/registry.sqlite"), Lake(f"{folder}/lake")
    cpu, wall = time.process_time(), time.perf_counter()
    found = preview(lake, engine, 1, config)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{name}: {found['events']:,} events, {found['issues_before']:,} issues to {found['issues_after']:,}: "
        f"{cpu:.1f} s CPU ({1e6 * cpu / found['events']:.1f} us an event), {wall:.1f} s wall, {peak:,.0f} MB at most",
        flush=True,
    )


def main() -> None:
    """A line for rules, and one for another version."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("events", type=int, nargs="?", default=100_000)
    parser.add_argument("--apart", type=int, default=20)
    parser.add_argument("--timed", nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.timed:
        timed(Path(asked.timed[0]), asked.timed[1])
        return
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder), asked.events, asked.apart)
        for name in ("rules", "version"):
            command = [sys.executable, "-m", "bench.regroup", "--timed", folder, name]
            subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
