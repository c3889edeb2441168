"""Bugsink beside Seiche: the same events, one after the other, on the same machine; CPU of the whole tree until the last event can be read.

Usage: python -m bench.peers.bugsink VENV [--count N] [--connections N]. VENV is a folder for Bugsink, made where it is not there (uv; from
PyPI). Its own single-server configuration with its limits of events lifted: gunicorn, snappea, SQLite.
"""

import argparse
import contextlib
import os
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.load import LoadProcess
from bench.measure import Tree
from seiche.testing.olap import free_port
from seiche.testing.product import Product

VERSION = "2.6.2"
CONFIG = """
BUGSINK.update({name: 10**9 for name in (
    "MAX_EVENTS_PER_PROJECT_PER_5_MINUTES", "MAX_EVENTS_PER_PROJECT_PER_HOUR", "MAX_EVENTS_PER_PROJECT_PER_MONTH",
    "MAX_EVENTS_PER_5_MINUTES", "MAX_EVENTS_PER_HOUR", "MAX_EVENTS_PER_MONTH",
)})
BUGSINK["BASE_URL"] = "http://127.0.0.1:{port}"
ALLOWED_HOSTS = ["*"]
SECURE_SSL_REDIRECT = False
"""
PROJECT = """
from projects.models import Project
print("KEY", Project.objects.create(name="bench", retention_max_event_count=10**9).sentry_key.hex)
"""
PATIENCE_SECONDS = 900.0


def install(venv: Path) -> None:
    """Bugsink's own packages, apart from ours."""
    if not (venv / "bin" / "bugsink-manage").exists():
        uv = Path(".make/tools/bin/uv")
        subprocess.run([uv, "venv", "--quiet", "--no-python-downloads", venv], check=True)
        subprocess.run([uv, "pip", "install", "--quiet", "--python", venv / "bin" / "python", f"bugsink=={VERSION}"], check=True)


@contextlib.contextmanager
def bugsink(venv: Path, folder: Path) -> Iterator[tuple[str, list[Tree], Path]]:
    """A running server: (DSN, its processes, its database)."""
    port, programs = free_port(), venv.resolve() / "bin"

    def run(*words: str) -> str:
        done = subprocess.run([programs / words[0], *words[1:]], cwd=folder, env=env, capture_output=True, text=True, check=True)
        return done.stdout

    env = os.environ | {"DJANGO_SETTINGS_MODULE": "bugsink_conf", "PYTHONPATH": str(folder), "PATH": f"{programs}:{os.environ['PATH']}"}
    run("bugsink-create-conf", "--template=singleserver", f"--port={port}", "--host=127.0.0.1", f"--base-dir={folder}")
    with (folder / "bugsink_conf.py").open("a") as config:
        config.write(CONFIG.replace("{port}", str(port)))
    run("bugsink-manage", "migrate")
    run("bugsink-manage", "migrate", "snappea", "--database=snappea")
    key = run("bugsink-manage", "shell", "-c", PROJECT).rpartition("KEY ")[2].strip()
    with contextlib.ExitStack() as stack:
        trees = []
        gunicorn = ["gunicorn", "bugsink.wsgi", f"--bind=127.0.0.1:{port}", "--workers=2", "--access-logfile=/dev/null"]
        for name, words in (("web", gunicorn), ("snappea", ["bugsink-runsnappea"])):
            output = stack.enter_context((folder / f"{name}.log").open("wb"))
            process = subprocess.Popen([programs / words[0], *words[1:]], cwd=folder, env=env, stdout=output, stderr=output)
            stack.callback(process.wait, 30)
            stack.callback(process.terminate)
            trees.append(Tree(process.pid))
        time.sleep(5)
        yield f"http://{key}@127.0.0.1:{port}/1", trees, folder / "db.sqlite3"


def measure(  # noqa: PLR0917 - what a line is made of
    name: str, dsn: str, trees: list[Tree], folder: Path, options: argparse.Namespace, done: "contextlib.AbstractContextManager[None]"
) -> str:
    """One line of the table."""
    load = LoadProcess(dsn, folder / "report.json", count=options.count, connections=options.connections, seconds=600, repeat_broken=True)
    cpu, begun = sum(tree.cpu_seconds() for tree in trees), time.monotonic()
    load.start()
    report = load.finish(timeout_seconds=700)
    accepted = [one for one in report.sent if one.status == 200]
    intake = len(accepted) / report.seconds
    with done:
        seconds = time.monotonic() - begun
    used = sum(tree.cpu_seconds() for tree in trees) - cpu
    return f"{name:<16} {len(accepted):>7} {intake:>12,.0f} {len(accepted) / seconds:>12,.0f} {used / len(accepted) * 1e6:>14,.0f}"


@contextlib.contextmanager
def stored(database: Path, count: int) -> Iterator[None]:
    """Entered when Bugsink has digested `count` events."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=60)) as connection:
            ((found,),) = connection.execute("SELECT COUNT(*) FROM events_event").fetchall()
        if found >= count:
            break
        if time.monotonic() > deadline:
            raise SystemExit(f"Bugsink digested {found} of {count} events in {PATIENCE_SECONDS:.0f} s")
        time.sleep(0.5)
    yield


@contextlib.contextmanager
def drained(product: Product) -> Iterator[None]:
    """Entered when Seiche has every event in issues, silver, rollups and search."""
    product.drain(timeout_seconds=PATIENCE_SECONDS)
    yield


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("venv", type=Path)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--connections", type=int, default=8)
    options = parser.parse_args()
    install(options.venv)
    print(f"{'':<16} {'events':>7} {'accepted/s':>12} {'drained/s':>12} {'CPU us/event':>14}")
    with tempfile.TemporaryDirectory() as folder, bugsink(options.venv, Path(folder)) as (dsn, trees, database):
        print(measure(f"Bugsink {VERSION}", dsn, trees, Path(folder), options, stored(database, options.count)), flush=True)
    with tempfile.TemporaryDirectory() as folder, Product(Path(folder) / "data", without=("dagster", "ops")) as product:
        print(measure("Seiche", product.dsn(), [Tree(product.pid)], Path(folder), options, drained(product)))


if __name__ == "__main__":
    main()
