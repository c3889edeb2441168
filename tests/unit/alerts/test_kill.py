"""`kill -9` in the middle of batches: what a batch means is in the registry whole or not at all."""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

from seiche.model.alert import Trigger
from seiche.registry.engine import read
from seiche.registry.grouping_tables import NearMemberRow
from seiche.registry.sightings import position
from seiche.registry.tables import Activity, DuplicateRow, FingerprintRow, Issue, IssueFacet, OutboxRow, OutcomeCount

ROOT = Path(__file__).parents[3]
EVENTS, KINDS, ROUNDS = 600, 17, 6


def test_counts_are_exact_after_many_deaths(bench) -> None:
    bench.rule(Trigger.NEW_ISSUE)
    choose = random.Random(7)
    deaths_mid_batch, position_before = 0, 0
    for _ in range(ROUNDS):
        code = run(bench, choose.randint(4, 45))
        assert code in {-signal.SIGKILL, 0}
        with read(bench.engine) as session:
            now = position(session, 0)
        assert now >= position_before
        # A round that died with records left had a transaction open, or was between two: both must be harmless.
        deaths_mid_batch += code != 0 and now < EVENTS
        position_before = now
    assert deaths_mid_batch >= ROUNDS // 2
    assert run(bench, 0) == 0

    expected: dict[str, int] = {}
    for number in range(EVENTS):
        if number % 10 != 9:
            kind = f"Error{number % KINDS}"
            expected[kind] = expected.get(kind, 0) + 1
    issues = bench.rows(Issue)
    assert {issue.type: issue.count for issue in issues} == expected
    assert sorted(issue.number for issue in issues) == list(range(1, KINDS + 1))
    assert len(bench.rows(FingerprintRow)) == 2 * KINDS
    assert len(bench.rows(NearMemberRow)) == len({row.position for row in bench.rows(NearMemberRow)}) == KINDS
    assert {row.offset for row in bench.rows(DuplicateRow)} == {number for number in range(EVENTS) if number % 10 == 9}
    counted: dict[str, int] = {}
    for row in bench.rows(OutcomeCount):
        counted[row.outcome] = counted.get(row.outcome, 0) + row.quantity
    assert counted == {"received": EVENTS, "stored": EVENTS * 9 // 10, "duplicate": EVENTS // 10}
    assert sum(row.count for row in bench.rows(IssueFacet, IssueFacet.facet == "release")) == EVENTS * 9 // 10
    assert len(bench.rows(Activity, Activity.kind == "issue_new")) == len(bench.rows(OutboxRow)) == KINDS


def run(bench, die_at: int) -> int:
    script = Path(__file__).with_name("doomed.py")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))}
    command = [sys.executable, str(script), bench.url, str(bench.project.id), str(die_at)]
    return subprocess.run(command, env=environment, cwd=ROOT, check=False, timeout=60, stdout=subprocess.DEVNULL).returncode
