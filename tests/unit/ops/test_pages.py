"""Every operations page over a seeded, an empty and a broken installation: it renders, and says what is so."""

import time
from pathlib import Path

import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from seiche.model.canary import fresh
from seiche.registry import canaries
from seiche.registry.canary_tables import CanaryRow
from seiche.registry.engine import write
from seiche.registry.migrate import upgrade
from seiche.testing.seeded import Seeded, seed
from seiche.wiring import registry_engine

OPS = Path(__file__).parents[3] / "dashboard" / "ops"
PAGES = ("freshness", "ingestion", "quality")


def page(name: str, data: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv("SEICHE_DATA", str(data))
    return AppTest.from_file(str(OPS / "pages" / f"{name}.py"), default_timeout=30).run()


def metrics(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def said(app: AppTest) -> str:
    return "\n".join(str(element.value) for kind in (app.info, app.error, app.success) for element in kind)


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Seeded:
    return seed(tmp_path_factory.mktemp("seeded"))


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    (tmp_path / "log").mkdir()
    upgrade(f"sqlite:///{tmp_path / 'registry.sqlite'}")
    return tmp_path


@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_a_working_installation_has_no_complaint(name: str, seeded: Seeded, monkeypatch: pytest.MonkeyPatch) -> None:
    app = page(name, seeded.data, monkeypatch)
    assert not app.exception
    assert not app.error


def test_freshness_shows_the_canary(seeded: Seeded, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "No canary has been sent yet" in said(page("freshness", seeded.data, monkeypatch))
    late_us = time.time_ns() // 1000 - 60_000_000
    engine = registry_engine(f"sqlite:///{seeded.data / 'registry.sqlite'}")
    canaries.save(engine, fresh("c" * 32, sent_at_us=late_us, analytics=True).seen(["accepted", "logged"], after_us=30_000))
    app = page("freshness", seeded.data, monkeypatch)
    with write(engine) as session:
        session.execute(sa.delete(CanaryRow))
    assert "waits before decided and bronze" in said(app)
    shown = app.dataframe[2].value
    assert list(shown["hop"][shown["stalled_since"].notna()]) == ["decided", "bronze"]


def test_freshness_shows_what_is_so(seeded: Seeded, monkeypatch: pytest.MonkeyPatch) -> None:
    app = page("freshness", seeded.data, monkeypatch)
    shown = metrics(app)
    assert shown["Issues behind"] == "0 records"
    assert shown["Lake behind"] == "0 records"
    assert shown["Not yet in silver"] == "0 events"
    assert shown["Oldest waiting event"] == "0.0 s"
    consumers = app.dataframe[0].value
    assert set(consumers["consumer"]) >= {"alerts", "pipeline"}
    tables = app.dataframe[1].value
    rows = dict(zip(tables["table"], tables["rows"], strict=True))
    assert rows["silver_events"] == seeded.stored + seeded.duplicates


def test_ingestion_shows_the_sum_and_who_was_refused(seeded: Seeded, monkeypatch: pytest.MonkeyPatch) -> None:
    app = page("ingestion", seeded.data, monkeypatch)
    shown = {label: int(value.replace(",", "")) for label, value in metrics(app).items()}
    assert shown["Stored"] == seeded.stored
    assert shown["Duplicates"] == seeded.duplicates
    assert shown["Filtered"] == seeded.filtered
    assert shown["Received"] == seeded.stored + seeded.duplicates + seeded.filtered
    assert shown["Pending"] == 0
    assert len(app.get("vega_lite_chart")) == 1
    refused = app.dataframe[0].value
    assert refused[["outcome", "reason", "quantity"]].to_numpy().tolist() == [["filtered", "seeded", seeded.filtered]]
    broken = app.dataframe[2].value
    assert broken["event_id"].tolist() == [seeded.unprocessable]
    assert app.code[0].value


def test_quality_names_the_event_that_could_not_be_understood(seeded: Seeded, monkeypatch: pytest.MonkeyPatch) -> None:
    app = page("quality", seeded.data, monkeypatch)
    checks = app.dataframe[0].value
    failing = {check: failing for check, failing in zip(checks["check"], checks["failing"], strict=True) if failing}
    assert failing == {"unprocessable": 1}
    assert metrics(app)["Failing checks"] == "1"
    assert "Dagster is not running here" in said(app)


@pytest.mark.parametrize(
    ("name", "message"),
    [("freshness", "The lake is empty"), ("ingestion", "No event has arrived yet"), ("quality", "Silver is empty")],
)
def test_an_empty_installation_is_told_from_a_broken_one(name: str, message: str, empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = page(name, empty, monkeypatch)
    assert not app.exception
    assert not app.error
    assert message in said(app)


@pytest.mark.parametrize("name", PAGES)
def test_a_lake_that_cannot_be_read_is_said_and_the_rest_still_shown(name: str, empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = empty / "lake" / "silver_events" / "_delta_log"
    log.mkdir(parents=True)
    (log / f"{0:020d}.json").write_text("{not json")
    app = page(name, empty, monkeypatch)
    assert not app.exception
    assert "silver_events cannot be read" in said(app)
    assert app.title[0].value


@pytest.mark.parametrize("name", PAGES)
def test_without_an_installation_the_page_says_what_to_start(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = page(name, tmp_path / "nowhere", monkeypatch)
    assert not app.exception
    assert "holds no installation: start `seiche up" in app.error[0].value


def test_a_registry_that_does_not_answer_is_said(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = sa.create_engine(f"sqlite:///{empty / 'registry.sqlite'}")
    with engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE outcome_counts"))
    engine.dispose()
    app = page("ingestion", empty, monkeypatch)
    assert not app.exception
    assert "the registry does not answer" in said(app)


def test_the_menu_leads_to_every_page(seeded: Seeded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEICHE_DATA", str(seeded.data))
    app = AppTest.from_file(str(OPS / "app.py"), default_timeout=30).run()
    titles = [app.title[0].value, *(app.switch_page(f"pages/{name}.py").run().title[0].value for name in PAGES[1:])]
    assert titles == ["Freshness & lag", "Ingestion & rejects", "Data quality"]
    assert not app.exception


def test_the_window_is_in_the_address(seeded: Seeded, monkeypatch: pytest.MonkeyPatch) -> None:
    app = page("ingestion", seeded.data, monkeypatch)
    assert app.query_params["window"] == "24 h"
    app.query_params["window"] = "6 h"
    assert app.run().query_params["window"] == "6 h"
