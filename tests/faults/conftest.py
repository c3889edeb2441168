"""The table at a run's end: which fault, how many rounds, over how many events, and what was lost. It comes together from all workers."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable

import pytest

from bench.load import LoadReport
from seiche.testing.product import Product
from tests.faults.rounds import DRAIN_SECONDS, FIRST_SEED, HEAD, ROUNDS, History, Proven, examine, promised

COLUMNS = ("rounds", "events", "2xx", "lost", "doubled")


@pytest.fixture
def proven(record_property: Callable[[str, str], None]) -> Proven:
    def prove(fault: str, product: Product, history: History, report: LoadReport | None = None) -> dict[str, int]:
        before = (0, 0)
        if report is not None:
            before = len(history.sent), len(history.accepted)
            history.add(report)
        settled = product.drain(timeout_seconds=DRAIN_SECONDS)
        proof = examine(product, history, settled)
        counts = (1, len(history.sent) - before[0], len(history.accepted) - before[1], len(proof.lost), proof.doubled)
        record_property("fault", json.dumps([fault, counts]))
        promised(proof)
        return settled

    return prove


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Also where the tests ran in workers: their reports carry the properties."""
    rounds: list[str] = []
    table: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, []):
            for name, value in getattr(report, "user_properties", []) if report.when == "call" else []:
                if name == "round":
                    rounds.append(str(value))
                elif name == "fault":
                    fault, counts = json.loads(str(value))
                    table[fault].update(dict(zip(COLUMNS, counts, strict=True)))
    if not table:
        return
    terminalreporter.write_line("")
    for text in (HEAD, *sorted(rounds)) if rounds else ():
        terminalreporter.write_line(text)
    terminalreporter.write_line("")
    terminalreporter.write_line(f"| fault | {' | '.join(COLUMNS)} |")
    terminalreporter.write_line(f"|---|{'---:|' * len(COLUMNS)}")
    for fault, counts in table.items():
        terminalreporter.write_line(f"| {fault} | {' | '.join(f'{counts[name]:,}' for name in COLUMNS)} |")
    terminalreporter.write_line("")
    terminalreporter.write_line(
        f"seeds {FIRST_SEED} to {FIRST_SEED + ROUNDS - 1}: SEICHE_FAULT_SEED={FIRST_SEED} make test-faults ROUNDS={ROUNDS}"
    )
