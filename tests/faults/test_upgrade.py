"""`seiche up` is stopped under load and a newer version started over the same stores: nothing is lost, and the old rows are there."""

import time
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from lake.reader import LakeReader
from seiche.errors import NotFound
from seiche.registry.migrate import versions
from seiche.testing.product import Product
from tests.faults.newer import REVISION, newer_version
from tests.faults.rounds import History, Proven, load_with

pytestmark = [pytest.mark.fault, pytest.mark.timeout(240)]


@pytest.fixture
def product(tmp_path: Path) -> Iterator[Product]:
    with Product(tmp_path / "data", without=("dagster", "ops")) as running:
        yield running


def test_a_newer_version_takes_over_under_load(product: Product, tmp_path: Path, proven: Proven) -> None:
    newer, history = newer_version(tmp_path / "newer"), History()
    issues_before: list[str] = []

    def upgrade() -> None:
        while not (found := _issues(product)):  # of the load's first second
            time.sleep(0.1)
        issues_before.extend(issue["id"] for issue in found)
        while not len(_written_by(product)):  # the old version's rows are to be there as well
            time.sleep(0.1)
        assert product.stop() == 0
        product.code = newer
        product.start()

    report, _ = load_with(product, upgrade, rate=20, seconds=20)
    proven("an upgrade", product, history, report)
    assert {item.status for item in report.sent} <= {200, 503}, "503 is said while it stops"
    assert versions(product.settings().registry_url)[0] == REVISION
    assert set(issues_before) <= {issue["id"] for issue in _issues(product)}
    newer_rows = _written_by(product).filter(pl.col("written_by").is_not_null())
    assert 0 < len(newer_rows) < len(_written_by(product)), "rows of both versions"
    refused = product.run("status")  # by the new code; the old one must not touch what it does not know
    assert refused.returncode == 0, refused.stderr
    product.code = None
    refused = product.run("project", "create", "Too late")
    assert refused.returncode != 0
    assert "written by a newer Seiche" in refused.stderr


def _issues(product: Product) -> list[dict[str, str]]:
    """The first page."""
    items: list[dict[str, str]] = (
        product.api.get(f"/api/v1/projects/{product.slug}/issues", params={"limit": 100}).raise_for_status().json()["items"]
    )
    return items


def _written_by(product: Product) -> pl.DataFrame:
    """Of silver's rows, what the newer version alone says; nothing before there are rows."""
    settings = product.settings()
    try:
        silver = LakeReader(settings.lake_url, settings.lake_options).table("silver_events")
    except NotFound:
        return pl.DataFrame()
    return silver.select("event_id", *({"written_by"} & set(silver.collect_schema().names()))).collect()
