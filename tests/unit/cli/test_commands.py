"""What commands print, where, and how they fail."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from seiche.cli.main import app
from seiche.cli.supervisor.prepare import make_directory, make_registry, make_secrets
from seiche.settings import load_settings

run = CliRunner().invoke


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    make_directory(folder)
    make_registry(load_settings(data=folder), make_secrets(folder))
    return folder


def test_a_folder_is_its_owners_alone(data: Path) -> None:
    assert data.stat().st_mode & 0o777 == 0o700
    assert (data / "secrets.json").stat().st_mode & 0o777 == 0o600


def test_a_second_start_keeps_everything(data: Path) -> None:
    before = (data / "secrets.json").read_text()
    again = make_registry(load_settings(data=data), make_secrets(data), demo="demo")
    assert (data / "secrets.json").read_text() == before
    assert [project["slug"] for project in again] == ["demo"]
    assert make_registry(load_settings(data=data), make_secrets(data), demo="demo") == again


def test_project_create(data: Path) -> None:
    (data / "run" / "endpoints.json").write_text(json.dumps({"web": "http://127.0.0.1:8123", "public": "http://errors.test:8123"}))
    done = run(app, ["project", "create", "My Shop", "--platform", "python", "--data", str(data), "--json"])
    assert done.exit_code == 0, done.output
    made = json.loads(done.stdout)
    assert (made["id"], made["slug"], made["platform"]) == ("1", "my-shop", "python")
    key = made["dsn"].removeprefix("http://").split("@")[0]
    assert made["dsn"] == f"http://{key}@errors.test:8123/1"
    assert len(key) == 32


def test_token_create(data: Path) -> None:
    made = json.loads(run(app, ["token", "create", "--data", str(data), "--json"]).stdout)
    assert made["token"].startswith("seiche_")
    plain = run(app, ["token", "create", "--data", str(data)]).stdout.strip()
    assert plain.startswith("seiche_")
    assert plain != made["token"]


@pytest.mark.parametrize(
    "words", [["project", "create", "x"], ["token", "create"], ["status"], ["drain"], ["issues", "list", "--project", "x"], ["web"]]
)
def test_without_an_installation_it_says_what_to_do(tmp_path: Path, words: list[str]) -> None:
    done = run(app, [*words, "--data", str(tmp_path / "nothing")])
    assert done.exit_code == 1
    assert done.stdout == ""
    assert f"start `seiche up --data {tmp_path / 'nothing'}`" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "nothing").exists()


@pytest.mark.parametrize("words", [["--debug", "token", "create"], ["token", "create", "--debug"]])
def test_debug_shows_the_traceback(tmp_path: Path, words: list[str]) -> None:
    done = run(app, [*words, "--data", str(tmp_path / "nothing")])
    assert "Traceback" in done.stderr
    assert done.exit_code == 1


@pytest.mark.parametrize(
    "words", [["nonsense"], ["up", "--port", "x"], ["up", "--port", "70000"], ["issues", "list"], ["drain", "--nonsense"]]
)
def test_usage_errors_are_2(words: list[str]) -> None:
    done = run(app, words)
    assert done.exit_code == 2
    assert done.stdout == ""


def test_bad_settings_are_named(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEICHE_LOG__SEGMENT_BYTES", "plenty")
    done = run(app, ["token", "create", "--data", str(data)])
    assert done.exit_code == 1
    assert "log.segment_bytes" in done.stderr
    assert "'plenty'" in done.stderr


def test_bad_toml_is_named(data: Path) -> None:
    (data / "seiche.toml").write_text("port = = 1")
    done = run(app, ["token", "create", "--data", str(data)])
    assert done.exit_code == 1
    assert "seiche.toml" in done.stderr
    assert "defect" not in done.stderr


def test_without_unknown_process(tmp_path: Path) -> None:
    done = run(app, ["up", "--data", str(tmp_path / "d"), "--without", "dagster,kafka"])
    assert done.exit_code == 1
    assert "kafka" in done.stderr
    assert not (tmp_path / "d").exists()


def test_a_name_that_is_taken_gets_another_slug(data: Path) -> None:
    slugs = [json.loads(run(app, ["project", "create", "Shop", "--data", str(data), "--json"]).stdout)["slug"] for _ in range(2)]
    assert slugs == ["shop", "shop-2"]


def test_export_of_an_unknown_project_names_the_known(data: Path) -> None:
    run(app, ["project", "create", "Shop", "--data", str(data)])
    done = run(app, ["events", "export", "--project", "nope", "--data", str(data)])
    assert done.exit_code == 1
    assert "the projects are shop" in done.stderr
    assert run(app, ["events", "export", "--project", "shop", "--data", str(data)]).stdout == ""


def test_doctor_on_a_fresh_machine(tmp_path: Path) -> None:
    done = run(app, ["doctor", "--data", str(tmp_path / "none"), "--json"])
    found = json.loads(done.stdout)
    assert done.exit_code == (0 if found["ok"] else 1)
    checks = {check["name"]: check for check in found["checks"]}
    assert checks["python"]["verdict"] == "ok"
    assert checks["secrets"]["verdict"] == "warn"
    assert all(check["mend"] for check in found["checks"] if check["verdict"] != "ok")
    assert not (tmp_path / "none").exists()


def test_doctor_finds_open_secrets(data: Path) -> None:
    (data / "secrets.json").chmod(0o644)
    done = run(app, ["doctor", "--data", str(data), "--json"])
    assert done.exit_code == 1
    found = {check["name"]: check for check in json.loads(done.stdout)["checks"]}
    assert found["secrets"]["verdict"] == "fail"
    assert found["secrets"]["mend"] == f"chmod 600 {data}/secrets.json"
    assert found["registry"]["verdict"] == "ok"
    assert found["seiche up"]["verdict"] == "warn"


def test_commands_import_lazily() -> None:
    heavy = {"sqlalchemy", "polars", "pyarrow", "fastapi", "pydantic", "dagster", "rich"}
    program = f"import sys, seiche.cli.main; print([name for name in sys.modules if name.split('.')[0] in {heavy}])"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.strip() == "[]"
