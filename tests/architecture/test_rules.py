"""House rules that no linter knows: sizes, docstrings, machine paths, lock files, and that what can be set or typed is documented."""

import re
import subprocess
from functools import cache
from pathlib import Path

import pytest
import typer
from pydantic import BaseModel

from seiche.cli.main import app
from seiche.settings import Settings

ROOT = Path(__file__).parents[2]
LARGEST_MODULE_LINES = 500
PYTHON_FOLDERS = ("seiche", "ingest_api", "query_api", "alerts", "lake", "assets", "orchestration", "demo", "bench", "dashboard/ops")
LOCKS = re.compile(r"(^|/)(package-lock\.json|requirements[^/]*\.lock|go\.sum|Cargo\.lock)$")
TEXT = frozenset(
    {"", ".py", ".md", ".toml", ".lock", ".json", ".ts", ".tsx", ".js", ".mjs", ".css", ".html", ".yaml", ".yml", ".sh", ".txt", ".in"}
)
# Put together here, so that this file does not name them itself.
MACHINE_PATHS = (*(f"/{name}/" for name in ("work", "root", "home")), "../" + "shared")


@cache
def tracked() -> list[Path]:
    found = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in found.split("\0") if name and (ROOT / name).is_file()]


def python_modules() -> list[Path]:
    return [path for path in tracked() if path.suffix == ".py" and str(path.relative_to(ROOT)).startswith(PYTHON_FOLDERS)]


def test_modules_stay_small() -> None:
    modules = [path for path in tracked() if path.suffix in {".py", ".ts", ".tsx"} and not path.name.endswith(".gen.ts")]
    lines = {str(path.relative_to(ROOT)): path.read_text().count("\n") for path in modules}
    assert lines
    assert {name: count for name, count in lines.items() if count > LARGEST_MODULE_LINES and "/generated/" not in name} == {}


def test_every_module_says_its_one_job() -> None:
    silent = [
        str(path.relative_to(ROOT)) for path in python_modules() if path.read_text() and not path.read_text().lstrip().startswith('"""')
    ]
    assert silent == []


@pytest.mark.parametrize("needle", MACHINE_PATHS)
def test_nothing_names_a_machine_path(needle: str) -> None:
    word = re.compile(r"(?<![\w.~*/])" + re.escape(needle))
    found = []
    for path in tracked():
        if path.suffix in TEXT and path.stat().st_size < 2_000_000 and not path.is_symlink():
            name = str(path.relative_to(ROOT))
            if word.search(path.read_text(errors="replace")):
                found.append(name)
    assert found == []


def test_lock_files_name_no_host() -> None:
    locks = [path for path in tracked() if LOCKS.search(str(path.relative_to(ROOT)))]
    assert len(locks) >= 3
    for path in locks:
        hosts = re.findall(r'"resolved"|https?://[^\s"]+', path.read_text())
        # npm's lock carries each package's own funding page; a registry would show as `resolved`.
        assert not [found for found in hosts if found == '"resolved"'], path
        if path.suffix == ".lock":
            assert hosts == [], path
            assert "--hash=sha256:" in path.read_text(), path


def test_import_layers() -> None:
    done = subprocess.run([ROOT / ".venv/bin/lint-imports", "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]


def settings_names(model: type[BaseModel], prefix: str = "") -> list[str]:
    names = []
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            names += settings_names(field.annotation, f"{prefix}{name}.")
        else:
            names.append(prefix + name)
    return names


def test_every_setting_is_documented() -> None:
    text = (ROOT / "docs/settings.md").read_text()
    assert [name for name in settings_names(Settings) if f"`{name}`" not in text] == []


def test_no_setting_is_documented_that_is_gone() -> None:
    rows = re.findall(r"^\| `([a-z_.]+)` \|", (ROOT / "docs/settings.md").read_text(), re.MULTILINE)
    assert sorted(set(rows) - set(settings_names(Settings))) == []


def commands() -> list[tuple[str, list[str]]]:
    """(command, its options)."""
    found = []

    def walk(group: object, words: list[str]) -> None:
        for name, command in group.commands.items():
            if hasattr(command, "commands"):
                walk(command, [*words, name])
                continue
            options = [
                option for parameter in command.params for option in parameter.opts if option.startswith("--") and option != "--help"
            ]
            found.append((" ".join([*words, name]), options))

    walk(typer.main.get_command(app), ["seiche"])
    return found


def test_every_command_and_option_is_documented() -> None:
    text = (ROOT / "docs/cli.md").read_text()
    missing = []
    for command, options in commands():
        section = re.search(rf"^## `{re.escape(command)}[` ].*?(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
        if section is None:
            missing.append(command)
            continue
        missing += [f"{command} {option}" for option in options if option not in section[0] and option not in text.split("\n## ")[0]]
    assert missing == []
    assert len(commands()) >= 14


def test_make_targets_that_documents_name_exist() -> None:
    targets = set(re.findall(r"^([a-z%-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set()
    for path in tracked():
        if path.suffix == ".md":
            named |= set(re.findall(r"`make ([a-z][a-z-]*)", path.read_text()))
    assert {name for name in named if name not in targets and not (name.startswith("bench-") and "bench-%" in targets)} == set()
