"""Power loss: when `append` returns, the operating system has put on the disk what it was given. Seen in the system calls, by strace."""

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CHILD = """
import asyncio, os, pathlib, sys
from seiche.backends.embedded.event_log import SqliteEventLogWriter
from seiche.backends.embedded.log import segment
from seiche.model.record import LogRecord, RecordKind
from seiche.settings import LogSettings

opened = segment.open_for_appending
def sabotaged(*given):
    connection = opened(*given)
    if sys.argv[2] != "FULL":
        connection.execute(f"PRAGMA synchronous = {sys.argv[2]}")
    return connection
segment.open_for_appending = sabotaged

async def main():
    settings = LogSettings(segment_bytes=100_000, minimum_free_bytes=0)
    async with SqliteEventLogWriter(pathlib.Path(sys.argv[1]), settings) as writer:
        for round in range(12):
            given = [LogRecord(kind=RecordKind.EVENT, received_at_us=1, body=os.urandom(3000)) for _ in range(4)]
            appends = [writer.append([record]) for record in given]
            (first, *_), *_ = await asyncio.gather(*appends)
            os.write(1, f"ANSWERED {first}\\n".encode())

asyncio.run(main())
"""


@pytest.fixture(scope="module")
def strace() -> str:
    found = shutil.which("strace")
    allowed = (
        found is not None and subprocess.run([found, "-f", "-o", os.devnull, "true"], capture_output=True, check=False).returncode == 0
    )
    if not allowed:
        missing = "strace is not here, or may not trace: run .ci/install-strace as root"
        if os.environ.get("SEICHE_REQUIRE"):
            pytest.fail(missing)
        pytest.skip(missing)
    assert found is not None
    return found


def traced(strace: str, folder: Path, synchronous: str) -> list[tuple[str, str]]:
    output = folder / "trace"
    calls = "trace=write,pwrite64,pwritev,ftruncate,fsync,fdatasync,rename,renameat,renameat2"
    child = [sys.executable, "-c", CHILD, str(folder / "log"), synchronous]
    subprocess.run(
        [strace, "-f", "-y", "-s", "32", "-e", calls, "-o", str(output), *child], cwd=ROOT, check=True, timeout=100, capture_output=True
    )
    return list(finished(output.read_text(errors="replace").splitlines()))


def finished(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """(call, its arguments): writes when they begin, all else when it has succeeded."""
    begun: dict[str, str] = {}
    for line in lines:
        pid, _, text = line.partition(" ")
        text = text.strip()
        if resumed := re.match(r"<\.\.\. (\w+) resumed>", text):
            arguments, is_over = begun.pop(pid, ""), True
            call = resumed[1]
        elif begins := re.match(r"(\w+)\((.*)", text):
            call, arguments = begins[1], begins[2]
            is_over = "<unfinished" not in text
            if not is_over:
                begun[pid] = arguments
            if call in {"write", "pwrite64", "pwritev"}:
                yield call, arguments
                continue
        else:
            continue
        if is_over and call not in {"write", "pwrite64", "pwritev"} and re.search(r"= 0$", text):
            yield call, arguments


def unsafe_answers(calls: Iterable[tuple[str, str]]) -> tuple[int, int, list[str]]:
    """(answers, WAL syncs before them, what was not on the disk when an answer was given).

    A new segment matters from its first record on: while it is made, those of the one before are answered.
    """
    dirty: set[str] = set()
    fresh: set[str] = set()
    names: dict[str, str] = {}
    used: set[str] = set()
    synced: Counter[str] = Counter()
    answers, problems = 0, []
    for call, arguments in calls:
        path = match[1] if (match := re.match(r"\d+<([^>]*)>", arguments)) else ""
        if call == "write" and '"ANSWERED' in arguments:
            answers += 1
            problems += [f"answer {answers}: {one} was written and not synced" for one in sorted(dirty)]
            problems += [f"answer {answers}: the name {one} was not synced" for one in sorted(names.keys() & used)]
            problems += [f"answer {answers}: {one} got its name before its bytes were synced" for one in sorted(fresh & used)]
        elif call == "pwrite64" and path.endswith(".sqlite-wal"):
            dirty.add(path)
            used.add(path.removesuffix("-wal"))
        elif call == "pwrite64" and path.endswith(".sqlite.new"):
            fresh.add(path)
        elif call.startswith("rename"):
            new = Path(re.findall(r'"([^"]*)"', arguments)[-1])
            names[str(new)] = str(new.parent)
            if f"{new}.new" in fresh:
                fresh.add(str(new))
        elif call in {"fsync", "fdatasync"}:
            dirty.discard(path)
            fresh.discard(path)
            names = {name: parent for name, parent in names.items() if parent != path}
            synced[path] += 1
    return answers, sum(count for path, count in synced.items() if path.endswith("-wal")), problems


def test_nothing_is_answered_before_it_is_on_the_disk(strace: str, tmp_path: Path) -> None:
    answers, wal_syncs, problems = unsafe_answers(traced(strace, tmp_path, "FULL"))
    assert answers == 12
    assert wal_syncs >= answers
    assert problems == []
    assert len(list((tmp_path / "log").glob("*.sqlite"))) > 1, "a new segment was to be among the answers"


@pytest.mark.parametrize("synchronous", ["NORMAL", "OFF"])
def test_this_test_sees_a_missing_sync(strace: str, tmp_path: Path, synchronous: str) -> None:
    answers, _, problems = unsafe_answers(traced(strace, tmp_path, synchronous))
    assert answers == 12
    assert len(problems) >= 6
