"""`kill -9` of the writer at random moments: whatever `append` returned is there, and offsets go on without a gap."""

import random
import subprocess
import sys
import threading
from pathlib import Path

from seiche.backends.embedded.event_log import SqliteEventLogReader
from seiche.backends.embedded.log.folder import first_offsets

ROOT = Path(__file__).parents[3]
ROUNDS = 8
CHILD = """
import asyncio, itertools, pathlib, sys
from seiche.backends.embedded.event_log import SqliteEventLogWriter
from tests.unit.backends.event_log import record, settings

async def main():
    async with SqliteEventLogWriter(pathlib.Path(sys.argv[1]), settings(segment_bytes=200_000)) as writer:
        async def produce(name):
            for number in itertools.count():
                size = 1 + number % 3
                given = [record(name * 10**12 + number * 10 + index) for index in range(size)]
                for offset, kept in zip(await writer.append(given), given, strict=True):
                    sys.stdout.write(f"{offset} {kept.event_id}\\n")
                sys.stdout.flush()
        await asyncio.gather(*(produce(int(sys.argv[2]) * 100 + name) for name in range(16)))

asyncio.run(main())
"""


def test_what_was_answered_survives_kill_9(tmp_path: Path) -> None:
    choose = random.Random(3)
    answered: dict[int, str] = {}
    reader = SqliteEventLogReader(tmp_path)
    for played in range(ROUNDS):
        before = reader.end_offset(0)
        for line in round_of(tmp_path, played, kill_after_lines=choose.randint(20, 900)):
            offset, event_id = line.split()
            assert int(offset) >= before, "an offset is given twice"
            assert int(offset) not in answered
            answered[int(offset)] = event_id
        # Read before anybody has opened it for writing again: this reader is who recovers the WAL.
        kept = read_all(reader)
        assert list(kept) == list(range(len(kept)))
        lost = [offset for offset, event_id in answered.items() if kept.get(offset) != event_id]
        assert lost == []
        assert whole_appends(kept), "an append is there in part"
    assert len(answered) > 20 * ROUNDS
    assert len(first_offsets(tmp_path)) > 2
    reader.close()


def round_of(folder: Path, played: int, kill_after_lines: int) -> list[str]:
    """What the child said before it was killed. A last line that is cut off was not said."""
    with subprocess.Popen([sys.executable, "-c", CHILD, str(folder), str(played)], stdout=subprocess.PIPE, text=True, cwd=ROOT) as child:
        assert child.stdout is not None
        watchdog = threading.Timer(60, child.kill)
        watchdog.start()
        try:
            lines: list[str] = []
            while len(lines) < kill_after_lines and (line := child.stdout.readline()):
                lines.append(line)
            child.kill()
            lines += child.stdout.readlines()
        finally:
            watchdog.cancel()
            child.kill()
    return [line for line in lines if line.endswith("\n")]


def read_all(reader: SqliteEventLogReader) -> dict[int, str]:
    kept: dict[int, str] = {}
    while found := reader.read(0, len(kept)):
        kept |= {stored.offset: stored.record.event_id for stored in found}
    return kept


def whole_appends(kept: dict[int, str]) -> bool:
    """Every append's records are numbered 0.. in the last digit; its size follows from its number."""
    present = {int(event_id, 16) for event_id in kept.values()}
    return all(
        first + index in present for first in {number // 10 * 10 for number in present} for index in range(1 + first % 10**12 // 10 % 3)
    )
