"""The reader over small hand-made tables: what is joined, left out, bounded, and said when nothing is there."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest
from deltalake import write_deltalake

import lake
from lake.tables import SILVER_EVENTS, TABLE_NOTES
from seiche.errors import ConfigurationError, InvalidInput, NotFound

NOW = datetime.now(UTC)
CHAIN = [
    {
        "type": "KeyError",
        "value": "'sku'",
        "frames": [{"module": "shop.db", "function": "get"}, {"module": "shop.cart", "function": "total"}],
    },
    {"type": "CartError", "value": "no total", "frames": [{"module": "shop.views", "function": "checkout"}]},
]


def silver_row(offset: int, *, hours_ago: float = 0, **changed: object) -> dict[str, object]:
    at = NOW - timedelta(hours=hours_ago)
    row = {
        "received_date": at.date(),
        "received_hour": at.hour,
        "log_partition": 0,
        "log_offset": offset,
        "received_at": at,
        "occurred_at": at,
        "project_id": 1,
        "event_id": f"{offset:032x}",
        "duplicate": False,
        "release": "shop@1.0",
        "fingerprint": "a" * 32,
        "fingerprints": ["a" * 32],
        "exceptions": CHAIN,
    }
    return row | changed


def write_silver(root: Path, rows: list[dict[str, object]]) -> None:
    table = pa.Table.from_pylist(rows, schema=SILVER_EVENTS)
    write_deltalake(str(root / "silver_events"), table, mode="append", partition_by=["received_date"])


def write_map(root: Path, rows: list[tuple[int, str, int, int]]) -> None:
    names = ["project_id", "fingerprint", "issue_id", "map_version"]
    table = pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows])
    write_deltalake(str(root / "fingerprint_map"), table, mode="overwrite")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "lake"
    write_silver(
        folder,
        [
            silver_row(0),
            silver_row(1, duplicate=True, event_id=f"{0:032x}"),
            silver_row(2, fingerprint="b" * 32, release="shop@2.0"),
            silver_row(3, project_id=2),
            silver_row(4, hours_ago=24 * 9),
        ],
    )
    write_map(folder, [(1, "a" * 32, 10, 1), (1, "b" * 32, 11, 1), (2, "a" * 32, 20, 1)])
    issues = [
        {"project_id": 1, "project": "shop", "issue_id": 10, "title": "KeyError: 'sku'"},
        {"project_id": 2, "project": "jobs", "issue_id": 20, "title": "CartError"},
    ]
    write_deltalake(str(folder / "issues"), pa.Table.from_pylist(issues))
    return folder


def offsets(events: pl.LazyFrame) -> list[int]:
    return sorted(events.select("log_offset").collect().to_series().to_list())


def test_events_leave_duplicates_out_and_carry_their_issue(root: Path) -> None:
    events = lake.connect(root).events(since=None)
    assert isinstance(events, pl.LazyFrame)
    found = events.select("log_offset", "issue_id").collect().sort("log_offset").rows()
    assert found == [(0, 10), (2, 11), (3, 20), (4, 10)]
    assert "duplicate" not in events.collect_schema()


def test_events_are_narrowed_by_project_and_time(root: Path) -> None:
    reader = lake.connect(root.parent)
    assert offsets(reader.events(project=1)) == [0, 2]
    assert offsets(reader.events(project="jobs", since=None)) == [3]
    assert offsets(reader.events(project="shop", since="2w")) == [0, 2, 4]
    assert offsets(reader.events(since=NOW - timedelta(minutes=1))) == [0, 2, 3]
    assert reader.events(columns=["release", "issue_id"]).collect_schema().names() == ["release", "issue_id"]


def test_an_old_partition_is_not_read(root: Path) -> None:
    write_silver(root, [silver_row(9, hours_ago=24 * 300)])
    victim = next((root / "silver_events").glob(f"received_date={(NOW - timedelta(days=300)).date()}/*.parquet"))
    victim.unlink()
    assert offsets(lake.connect(root).events(project=1, since="7d")) == [0, 2]


def test_a_merge_shows_without_rewriting_events(root: Path) -> None:
    write_map(root, [(1, "a" * 32, 10, 1), (1, "b" * 32, 10, 2), (2, "a" * 32, 20, 1)])
    assert lake.connect(root).events(project=1).select("issue_id").unique().collect().to_series().to_list() == [10]


def test_frames_have_one_row_each_with_both_positions(root: Path) -> None:
    frames = lake.connect(root).frames(project="jobs").sort("exception", "frame").collect()
    assert frames.select("exception", "frame", "type", "module", "function").rows() == [
        (0, 0, "KeyError", "shop.db", "get"),
        (0, 1, "KeyError", "shop.cart", "total"),
        (1, 0, "CartError", "shop.views", "checkout"),
    ]


def test_frames_of_an_event_without_a_stack_are_none(root: Path) -> None:
    write_silver(
        root, [silver_row(7, exceptions=None, project_id=3), silver_row(8, exceptions=[{"type": "E", "frames": []}], project_id=3)]
    )
    assert lake.connect(root).frames(project=3).collect().height == 0


def test_sql_sees_the_same_rows_and_is_bounded(root: Path) -> None:
    reader = lake.connect(root)
    counted = reader.sql("SELECT release, COUNT(*) AS n FROM events WHERE project_id = 1 GROUP BY release ORDER BY n DESC").collect()
    assert counted.rows() == [("shop@1.0", 2), ("shop@2.0", 1)]
    assert reader.sql("SELECT * FROM silver_events", limit=2).collect().height == 2
    with pytest.raises(InvalidInput, match=r"tables: .*events.*frames"):
        reader.sql("SELECT nothing FROM nowhere").collect()


def test_tables_say_rows_size_and_when(root: Path) -> None:
    tables = {row["table"]: row for row in lake.connect(root).tables().collect().to_dicts()}
    assert tables["silver_events"]["rows"] == 5
    assert tables["silver_events"]["partition_keys"] == ["received_date"]
    assert tables["silver_events"]["changed_at"] >= NOW - timedelta(seconds=1)
    assert tables["bronze_events"]["rows"] == 0
    assert tables["bronze_events"]["changed_at"] is None
    assert all(row["doc"] for row in tables.values())


def test_columns_carry_notes_for_names_that_exist(root: Path) -> None:
    notes = dict(lake.connect(root).columns("silver_events").select("column", "note").collect().iter_rows())
    assert notes.keys() == set(SILVER_EVENTS.names)
    assert "repeats" in notes["duplicate"] or "before" in notes["duplicate"]


def test_the_lake_as_it_was(root: Path) -> None:
    reader = lake.connect(root)
    write_silver(root, [silver_row(5)])
    assert offsets(reader.events(project=1)) == [0, 2, 5]
    assert offsets(reader.at(0).events(project=1)) == [0, 2]
    with pytest.raises(NotFound, match="has no version 9: it has 0 to 1"):
        reader.at(9)
    with pytest.raises(InvalidInput, match="no time zone"):
        reader.at("2026-01-01T00:00:00")


def test_nothing_there_is_said_clearly(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"there is no lake at .*missing: give the directory that `seiche up --data`"):
        lake.connect(tmp_path / "missing")
    (tmp_path / "lake").mkdir()
    empty = lake.connect(tmp_path)
    with pytest.raises(NotFound, match="holds no silver_events yet: send a first event"):
        empty.events()
    assert empty.tables().collect()["rows"].to_list() == [0] * len(TABLE_NOTES)
    with pytest.raises(InvalidInput, match="tables: none yet"):
        empty.sql("SELECT 1 FROM events").collect()


def test_bad_arguments_are_named(root: Path) -> None:
    reader = lake.connect(root)
    with pytest.raises(InvalidInput, match="since='yesterday' is not understood"):
        reader.events(since="yesterday")
    with pytest.raises(NotFound, match=r"project 'nope'.* jobs, shop"):
        reader.events(project="nope")
    with pytest.raises(NotFound, match="no table 'gold'; it has bronze_events"):
        reader.table("gold")


def test_a_damaged_table_is_reported_not_raised_raw(root: Path) -> None:
    (root / "silver_events" / "_delta_log" / f"{0:020d}.json").write_text("{not json")
    with pytest.raises(ConfigurationError, match="silver_events cannot be read"):
        lake.connect(root).events()


def test_importing_the_lake_stays_light() -> None:
    code = "import sys, lake; sys.exit('polars' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
