"""The pipeline put back to an older position: it does the stretch again, and no number changes."""

from pathlib import Path

import pytest

import lake
from bench.load import LoadProcess
from seiche.testing.product import Product
from tests.faults.rounds import DRAIN_SECONDS, History, Proven

pytestmark = [pytest.mark.fault, pytest.mark.timeout(180)]


def send(product: Product, folder: Path, history: History, count: int) -> None:
    process = LoadProcess(product.dsn(), folder / "report.json", count=count, rate=100, seconds=30, distinct=100)
    process.start()
    report = process.finish(timeout_seconds=60)
    assert {item.status for item in report.sent} == {200}
    history.add(report)


def numbers(product: Product) -> dict[str, object]:
    """Every number that people see, and the rows behind them."""
    issues = product.api.get(f"/api/v1/projects/{product.slug}/issues", params={"limit": 100}).json()["items"]
    for issue in issues:
        issue["sparkline"] = sum(issue["sparkline"])  # its buckets move with the clock
    columns = ["project_id", "event_id", "log_offset", "fingerprint", "issue_id"]
    events = lake.connect(product.data).events(since=None, columns=columns).sort("log_offset").collect()
    return {"issues": issues, "events": events.rows()}


def forget_commits_after(table: Path, version: int) -> int:
    """Put a Delta table back to `version`, as restoring a backup of its folder would; returns how many commits that took away."""
    log = table / "_delta_log"
    dropped = [path for path in log.glob("*.json") if path.stem.isdecimal() and int(path.stem) > version]
    for path in [*dropped, *log.glob("*.checkpoint*.parquet"), *log.glob("_last_checkpoint")]:
        path.unlink()
    return len(dropped)


@pytest.mark.parametrize("tables", [("silver_events",), ("bronze_events", "silver_events")], ids="+".join)
def test_doing_a_stretch_again_changes_no_number(tmp_path: Path, proven: Proven, tables: tuple[str, ...]) -> None:
    data, history = tmp_path / "data", History()
    with Product(data, without=("dagster", "ops"), profile="embedded") as product:
        send(product, tmp_path, history, 150)
        product.drain(timeout_seconds=DRAIN_SECONDS)
        versions = {name: lake.connect(data).tables().collect().filter(table=name)["version"].item() for name in tables}
        send(product, tmp_path, history, 150)
        settled = product.drain(timeout_seconds=DRAIN_SECONDS)
        before = numbers(product)
    for name in tables:
        assert forget_commits_after(data / "lake" / name, versions[name]) > 0
    with Product(data, without=("dagster", "ops"), profile="embedded") as product:
        assert proven(f"replay of {' and '.join(tables)}", product, history) == settled
        assert numbers(product) == before
