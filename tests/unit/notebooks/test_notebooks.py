"""Every notebook is committed without outputs and answers its question over a lake filled by the product's own stages."""

import math
import re
from pathlib import Path

import nbformat
import polars as pl
import pytest
from nbclient import NotebookClient

import lake
from seiche.errors import ConfigurationError, InvalidInput, NotFound
from seiche.testing.seeded import Seeded, seed

ROOT = Path(__file__).parents[3]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
LIMIT_SECONDS = 30


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Seeded:
    return seed(tmp_path_factory.mktemp("seeded"))


def text_of(notebook: nbformat.NotebookNode) -> str:
    return "".join(output.get("text", "") for cell in notebook.cells for output in cell.get("outputs", []))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_outputs_are_stripped(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    kept = [cell["id"] for cell in notebook.cells if cell.get("outputs") or cell.get("execution_count")]
    assert kept == [], f"clear the outputs of {path.name}"


@pytest.mark.timeout(90)
def test_the_release_notebook_answers_its_question(seeded: Seeded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEICHE_DATA", str(seeded.data))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    notebook = nbformat.read(ROOT / "notebooks" / "01-did-the-new-release-make-it-worse.ipynb", as_version=4)
    NotebookClient(notebook, timeout=LIMIT_SECONDS, kernel_name="python3").execute(cwd=str(ROOT / "notebooks"))
    said = text_of(notebook)
    before, after = seeded.releases
    assert (
        f"headline: {before} {seeded.releases[before]} events, {after} {seeded.releases[after]} events, {seeded.new_issues} new issues"
        in said
    )
    assert "WORSE" in said
    ratio = re.search(r"ratio ([\d.]+)", said)
    assert ratio is not None
    per_minute = {name: seeded.releases[name] / seeded.minutes[name] for name in seeded.releases}
    assert math.isclose(float(ratio[1]), per_minute[after] / per_minute[before], abs_tol=0.01)
    assert any(
        kind == "image/svg+xml"
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        for kind in output.get("data", {})
    )


@pytest.mark.timeout(90)
def test_without_a_second_release_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seeded = seed(tmp_path, releases=("shop@1.0",))
    monkeypatch.setenv("SEICHE_DATA", str(seeded.data))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    notebook = nbformat.read(ROOT / "notebooks" / "01-did-the-new-release-make-it-worse.ipynb", as_version=4)
    with pytest.raises(Exception, match="one release is not enough to compare"):
        NotebookClient(notebook, timeout=LIMIT_SECONDS, kernel_name="python3").execute(cwd=str(ROOT / "notebooks"))


@pytest.mark.timeout(90)
def test_the_grouping_notebook_tries_a_rule_and_changes_nothing(seeded: Seeded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEICHE_DATA", str(seeded.data))
    monkeypatch.setenv("SEICHE_PROJECT", seeded.slug)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    before = lake.connect(seeded.data).issues().collect()
    notebook = nbformat.read(ROOT / "notebooks" / "02-what-would-other-grouping-do.ipynb", as_version=4)
    NotebookClient(notebook, timeout=LIMIT_SECONDS, kernel_name="python3").execute(cwd=str(ROOT / "notebooks"))
    issues = before.height
    smaller = min(before.filter(pl.col("type").is_in(["KeyError", "ValueError"]))["count"])
    assert f"headline: {issues} issues become {issues - 1}; {smaller} of {seeded.stored} events change theirs" in text_of(notebook)
    assert lake.connect(seeded.data).issues().collect().equals(before)


def test_a_preview_says_what_it_needs(seeded: Seeded, tmp_path: Path) -> None:
    reader = lake.connect(seeded.data)
    found = reader.preview_grouping(seeded.slug, since=None, fingerprint_rules="error.type:*Error -> all")
    assert (found.counts["merges"], found.counts["splits"], found.counts["events"]) == (1, 0, seeded.stored)
    assert found.merges.filter(pl.col("side") == "before")["events"].sum() == found.merges.filter(pl.col("side") == "after")["events"].sum()
    assert len(found.merges.filter(pl.col("side") == "after")["sample_events"][0]) == 3
    with pytest.raises(NotFound, match="no project"):
        reader.preview_grouping("nobody")
    with pytest.raises(InvalidInput, match="rule"):
        reader.preview_grouping(seeded.slug, fingerprint_rules="nonsense")
    (tmp_path / "lake").mkdir()
    with pytest.raises(ConfigurationError, match="registry"):
        lake.connect(tmp_path).preview_grouping(seeded.slug)
