"""One round: load a running product, do it harm while work is in flight, and prove that nothing was lost or doubled."""

import json
import os
import random
import signal
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeVar

import polars as pl
import sqlalchemy as sa

from bench.load import LoadProcess, LoadReport
from lake.reader import LakeReader
from seiche import wiring
from seiche.registry.engine import read
from seiche.registry.tables import ConsumerOffset, Issue
from seiche.settings import Settings
from seiche.testing.product import Product
from seiche.wiring import event_log_reader, read_run_file, registry_engine

Given = TypeVar("Given")
ROUNDS = int(os.environ.get("SEICHE_FAULT_ROUNDS", "1"))
FIRST_SEED = int(os.environ.get("SEICHE_FAULT_SEED", "1"))
PROCESSES = ("web", "alerts", "pipeline", "olap")
RESTART_SECONDS = 60
DRAIN_SECONDS = 120


@dataclass
class History:
    """What all rounds so far have sent to one product, and what they were answered."""

    sent: set[str] = field(default_factory=set)
    accepted: set[str] = field(default_factory=set)

    def add(self, report: LoadReport) -> None:
        """`accepted`: answered 2xx. Everything else may or may not be stored, but was sent."""
        self.sent |= {item.event_id for item in report.sent}
        self.accepted |= {item.event_id for item in report.sent if 200 <= item.status < 300}


@dataclass(frozen=True)
class Round:
    """What a round met. It counts only if both figures are above 0."""

    process: str
    seed: int
    in_flight: int
    """Requests that were sent and not answered at the moment of the kill."""
    uncommitted: int
    """Records between the log's end and the consumer's own commit at that moment."""
    back_seconds: float
    sent: int
    accepted: int
    unanswered: int

    @property
    def counts(self) -> bool:
        return self.in_flight > 0 and self.uncommitted > 0


HEAD = f"{'process':9} {'seed':>5} {'in flight':>9} {'uncommitted':>11} {'back after':>10} {'sent':>6} {'2xx':>6} {'unknown':>7}"


def line(played: Round) -> str:
    """A line of the table."""
    return (
        f"{played.process:9} {played.seed:5} {played.in_flight:9} {played.uncommitted:11} {played.back_seconds:8.1f} s "
        f"{played.sent:6} {played.accepted:6} {played.unanswered:7}{'' if played.counts else '  (does not count)'}"
    )


def load_with(product: Product, strike: Callable[[], Given], *, rate: float = 150, seconds: float = 6) -> tuple[LoadReport, Given]:
    """Send at `rate` while `strike` does its harm; (what was sent and answered, what `strike` gives)."""
    with tempfile.TemporaryDirectory() as folder:
        load = LoadProcess(
            product.dsn(),
            Path(folder) / "report.json",
            count=int(rate * seconds),
            rate=rate,
            seconds=seconds + RESTART_SECONDS,
            connections=16,
            distinct=300,
            seed=1,  # the events are the same ones: preparing others takes longer than a round
            repeat_broken=True,
        )
        try:
            load.start()
            found = strike()
            return load.finish(), found
        except BaseException:
            load.kill()
            raise


def play(product: Product, process: str, seed: int, *, rate: float = 150, seconds: float = 6) -> tuple[Round, LoadReport]:
    """Send at `rate`, kill at a random moment of the middle, and let the load end."""
    choose = random.Random(f"{process}-{seed}")

    def kill() -> tuple[float, int, float]:
        time.sleep(choose.uniform(0.2, 0.6) * seconds)
        # Before the kill: counting what lay uncommitted may take longer than the supervisor needs for the next one.
        killed = pid_of(product, process)
        killed_at, uncommitted = kill_in_flight(product, process, killed, patience_seconds=seconds * 0.3)
        return killed_at, uncommitted, wait_until_back(product, process, killed, killed_at)

    report, (killed_at, uncommitted, back_seconds) = load_with(product, kill, rate=rate, seconds=seconds)
    statuses = [item.status for item in report.sent]
    played = Round(
        process=process,
        seed=seed,
        in_flight=sum(item.due <= killed_at < item.answered for item in report.sent),
        uncommitted=uncommitted,
        back_seconds=back_seconds,
        sent=len(statuses),
        accepted=sum(200 <= status < 300 for status in statuses),
        unanswered=statuses.count(0),
    )
    return played, report


def kill_in_flight(product: Product, process: str, pid: int, patience_seconds: float) -> tuple[float, int]:
    """`kill -9` at a moment at which records lie between log commit and consumer commit; (when, how many)."""
    deadline = time.monotonic() + patience_seconds
    waiting = 0
    while waiting == 0 and time.monotonic() < deadline:
        waiting = records_waiting(product, process)
    os.kill(pid, signal.SIGKILL)
    killed_at = time.time()
    if process in {"alerts", "pipeline"}:  # its position stands still now: this is what lay between the two commits
        waiting = records_waiting(product, process)
    return killed_at, waiting


def records_waiting(product: Product, process: str) -> int:
    """Records in the log that the consumer has not committed. The end is read first: the figure may be too low, never too high."""
    settings = product.settings()
    log, lake = event_log_reader(settings), wiring.lake(settings)
    ends = {partition: log.end_offset(partition) for partition in log.partitions()}
    if process == "pipeline":
        made = lake.exists("bronze_events")
        positions = {partition: lake.cursor("bronze_events", f"bronze:{partition}") if made else 0 for partition in ends}
    else:
        with read(registry_engine(settings.registry_url)) as session:
            query = sa.select(ConsumerOffset.partition, ConsumerOffset.offset).where(ConsumerOffset.consumer == "alerts")
            positions = {row.partition: row.offset for row in session.execute(query)}
    return max(0, sum(end - positions.get(partition, 0) for partition, end in ends.items()))


def pid_of(product: Product, process: str) -> int:
    """The process's current pid, as the supervisor wrote it."""
    state = read_run_file(product.data / "run" / "state.json")
    processes = state["processes"]
    found = processes[process] if isinstance(processes, dict) else next(item for item in processes if item["name"] == process)
    return int(found["pid"])


def wait_until_back(product: Product, process: str, killed: int, killed_at: float) -> float:
    """Seconds until the supervisor had another one running than `killed`."""
    deadline = time.monotonic() + RESTART_SECONDS
    while time.monotonic() < deadline:
        pid = pid_of(product, process)
        if pid != killed and Path(f"/proc/{pid}").exists():
            return time.time() - killed_at
        time.sleep(0.05)
    raise AssertionError(
        f"{process} was not started again within {RESTART_SECONDS} s: {json.dumps(read_run_file(product.data / 'run' / 'state.json'))}"
    )


@dataclass(frozen=True)
class Proof:
    """What silver holds, against what was sent and answered."""

    lost: set[str]
    unasked: set[str]
    doubled: int
    problems: list[str]


class Installed(Protocol):
    """What events were sent to: a product, or machines."""

    def settings(self) -> Settings:
        """Where its stores are."""


def examine(product: Installed, history: History, settled: dict[str, int]) -> Proof:
    """Compare: 2xx is stored, nothing else is, each event once, and every sum agrees."""
    settings = product.settings()
    columns = ("project_id", "event_id", "duplicate", "log_partition", "log_offset")
    rows = LakeReader(settings.lake_url, settings.lake_options).table("silver_events").select(*columns).collect()
    stored = rows.filter(~pl.col("duplicate"))
    in_silver = set(stored["event_id"])
    with read(registry_engine(settings.registry_url)) as session:
        counted = session.scalar(sa.select(sa.func.sum(Issue.count)))
    parts = sum(settled[name] for name in ("stored", "duplicates", "filtered", "rate_limited", "invalid"))
    duplicates = rows.height - stored.height
    checks = {
        f"issue counts say {counted}, silver {stored.height}": counted == stored.height,
        f"received is not the sum of its parts: {settled}": settled["received"] == parts,
        f"drain's `stored` is not silver's {stored.height}: {settled}": settled["stored"] == stored.height,
        f"drain's `duplicates` is not silver's {duplicates}: {settled}": settled["duplicates"] == duplicates,
    }
    return Proof(
        lost=history.accepted - in_silver,
        unasked=in_silver - history.sent,
        doubled=stored.height
        - stored.select("project_id", "event_id").n_unique()
        + rows.height
        - rows.select("log_partition", "log_offset").n_unique(),
        problems=[problem for problem, is_met in checks.items() if not is_met],
    )


def prove(product: Installed, history: History, settled: dict[str, int]) -> Proof:
    """The promises, asserted."""
    return promised(examine(product, history, settled))


def promised(proof: Proof) -> Proof:
    """Nothing answered 2xx is lost, nothing is there that nobody sent, nothing is there twice, and the accounting adds up."""
    assert not proof.lost, f"{len(proof.lost)} events were answered 2xx and are not in silver, such as {sorted(proof.lost)[:3]}"
    assert not proof.unasked, "silver holds events that nobody sent"
    assert proof.doubled == 0, "an event, or an offset, is in silver twice"
    assert proof.problems == []
    return proof


class Proven(Protocol):
    """The fixture `proven`: drain, examine, note a line of the table, and assert the promises."""

    def __call__(self, fault: str, product: Product, history: History, report: LoadReport | None = None) -> dict[str, int]:
        """Returns what `drain` said. `report` is what this round sent; None where the test has told the history itself."""
