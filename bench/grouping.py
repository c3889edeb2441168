"""How well and how fast events are grouped, on the labelled events of tests/data/grouping: `python -m bench.grouping`.

BCubed: for each event, the share of its predicted group that has its label (precision), and of its label that is in its group (recall).
over: groups that mix labels; hidden: labels that are the majority of no group, so that nobody would see them.
"""

import argparse
import gzip
import json
import re
import resource
import time
import tracemalloc
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import msgspec

from bench.measure import mean, percentile
from seiche.grouping import analyse, group, v1
from seiche.grouping.identity import settle
from seiche.grouping.near import Member, NearIndex
from seiche.grouping.shape import Shape, Step, shape
from seiche.model.event import Event, ExceptionValue, Frame
from seiche.model.project import ProjectConfig
from seiche.model.record import LogRecord, RecordKind
from seiche.normalize import normalise

_DIGITS = re.compile(r"\d+")
DATA = Path(__file__).parent.parent / "tests" / "data" / "grouping"
SETS = (
    *("dev.jsonl.gz", "d4j.jsonl.gz", "own.jsonl.gz", "services.jsonl.gz"),
    *("node.jsonl.gz", "browser.jsonl.gz", "java.jsonl.gz", "worker.jsonl.gz", "go.jsonl.gz", "ruby.jsonl.gz", "made.jsonl.gz"),
    "cases.jsonl",
)
PROJECTS_APART = {"dev.jsonl.gz", "own.jsonl.gz", "services.jsonl.gz", "made.jsonl.gz"}


class Row(NamedTuple):
    """A labelled event."""

    project: str
    label: str
    event: Event


class Score(NamedTuple):
    """Figures of a grouping, each 0 to 1 but the last two."""

    precision: float
    recall: float
    f1: float
    over: float
    hidden: float
    groups: int
    labels: int


@cache
def load(name: str) -> list[Row]:
    """The events of a file, normalised."""
    raw = (DATA / name).read_bytes()
    lines = (gzip.decompress(raw) if name.endswith(".gz") else raw).splitlines()
    return [_row(json.loads(line)) for line in lines]


def _row(line: dict[str, object]) -> Row:
    record = LogRecord(kind=RecordKind.EVENT, received_at_us=1_800_000_000_000_000, project_id=1, event_id=str(line["event_id"]))
    return Row(
        str(line["project"]), str(line["label"]), normalise(json.dumps(line["event"]).encode(), record, ProjectConfig(), details=False)
    )


def score(rows: Sequence[Row], groups: Sequence[object]) -> Score:
    """Labels and groups are scoped by project."""
    labels = [(row.project, row.label) for row in rows]
    found = [(row.project, one) for row, one in zip(rows, groups, strict=True)]
    cells, of_label, of_group = Counter(zip(labels, found, strict=True)), Counter(labels), Counter(found)
    precision = sum(count * count / of_group[one] for (_, one), count in cells.items()) / len(rows)
    recall = sum(count * count / of_label[label] for (label, _), count in cells.items()) / len(rows)
    members: dict[object, Counter[tuple[str, str]]] = defaultdict(Counter)
    for (label, one), count in cells.items():
        members[one][label] += count
    visible = {max(sorted(held), key=lambda label, held=held: held[label]) for held in members.values()}  # type: ignore[misc]
    mixed = sum(len(held) > 1 for held in members.values())
    f1 = 2 * precision * recall / (precision + recall)
    return Score(precision, recall, f1, mixed / len(of_group), 1 - len(visible) / len(of_label), len(of_group), len(of_label))


class Issues:
    """One project's issues as the alerts consumer keeps them: a set of fingerprints each; unseen ones go through the index."""

    def __init__(self, members: Iterable[Member] = (), *, near: bool = True) -> None:
        self.index = NearIndex(members)
        self.owner: dict[str, int] = {}
        self._config, self._made = ProjectConfig(grouping_near=near), 0

    def issue_of(self, event: Event) -> int:
        """The issue of an event, decided where it was not."""
        found = analyse(event, self._config)
        fingerprints = found.grouping.fingerprints
        issue = settle(self.index, fingerprints, found.earlier, found.shape, self.owner.get).issue_id
        if issue is None:
            self._made += 1
            issue = self._made
        if found.shape is not None:
            self.index.add(issue, fingerprints[0], found.shape)
        for one in fingerprints:
            self.owner.setdefault(one, issue)
        return issue


def assign(rows: Sequence[Row], *, near: bool = True, restart_at: int | None = None) -> list[int]:
    """The issue of each event of a stream under version 2; `restart_at`: the indexes are rebuilt from their members there."""
    issues: dict[str, Issues] = defaultdict(lambda: Issues(near=near))
    found: list[int] = []
    for number, row in enumerate(rows):
        if number == restart_at:
            for one in issues.values():
                one.index = NearIndex(list(one.index.members()))
        found.append(issues[row.project].issue_of(row.event))
    return found


def moved_on_replay(rows: Sequence[Row]) -> int:
    """Events that are in another issue when the stream comes again to the same issues, or after a restart half way."""
    issues: dict[str, Issues] = defaultdict(Issues)
    first = [issues[row.project].issue_of(row.event) for row in rows]
    again = [issues[row.project].issue_of(row.event) for row in rows]
    restarted = assign(rows, restart_at=len(rows) // 2)
    return sum(len({*each}) > 1 for each in zip(first, again, restarted, strict=True))


def cpu_us(work: Callable[[Event], object], rows: Sequence[Row]) -> list[float]:
    """CPU of each event, microseconds."""
    spent: list[float] = []
    for row in rows:
        start = time.process_time_ns()
        work(row.event)
        spent.append((time.process_time_ns() - start) / 1000)
    return spent


def varied(event: Event, number: int) -> Event:
    """The same problem once more: other ids in its message; every fiftieth time in code that nobody has seen."""
    renamed = number % 50 == 0

    def frame(one: Frame) -> Frame:
        return msgspec.structs.replace(one, function=f"{one.function}_{number}") if renamed and one.in_app and one.function else one

    def exception(one: ExceptionValue) -> ExceptionValue:
        return msgspec.structs.replace(
            one, value=_DIGITS.sub(lambda found: found[0] + str(number), one.value), frames=tuple([frame(each) for each in one.frames])
        )

    said = _DIGITS.sub(lambda found: found[0] + str(number), event.message)
    return msgspec.structs.replace(event, message=said, exceptions=tuple([exception(one) for one in event.exceptions]))


def crowd(issues: int) -> NearIndex:
    """An index of that many made-up issues with frames, types and messages in common."""
    index = NearIndex()
    for number in range(issues):
        steps = tuple([Step(f"shop.part{number % 700}", f"handle{number}x{depth}", f"_ .field{number % 900} _") for depth in range(8)])
        made = Shape(type=f"Error{number % 40}", template=f"cannot handle part{number % 300} of it", steps=steps, release="1")
        index.add(number, str(number), made)
    return index


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000, help="length of the stream that is to cost the same to its end")
    events: int = parser.parse_args().events
    _memory()  # before anything else has made room
    sets = {name: load(name) for name in SETS}
    everything = [row for rows in sets.values() for row in rows]
    for version in (1, 2):
        config = ProjectConfig(grouping_version=version)
        for lap in ("first", "second"):
            spent = cpu_us(lambda event, config=config: group(event, config), everything)  # type: ignore[misc]
            print(f"CPU of version {version}, {lap} pass: mean {mean(spent):.0f} us, p99 {percentile(spent, 99):.0f} us an event")
    _stream(everything, events)
    for issues in (1_000, 50_000):
        index = crowd(issues)
        decisions = cpu_us(lambda event, index=index: index.decide(shape(event)), everything)  # type: ignore[misc]
        shapes = [member.shape for member in list(index.members())[:: issues // 500]]
        start = time.process_time_ns()
        for one in shapes:
            index.decide(one)
        alike = (time.process_time_ns() - start) / 1000 / len(shapes)
        print(
            f"CPU of a near-duplicate decision among {issues} issues: mean {mean(decisions):.0f} us, "
            f"p99 {percentile(decisions, 99):.0f} us; {alike:.0f} us where many are alike"
        )
    print(f"\n{'data':16}{'grouping':14}{'B3-P':>7}{'B3-R':>7}{'B3-F1':>7}{'over':>7}{'hidden':>8}{'groups':>8}{'true':>6}")
    for name, rows in sets.items():
        for project in ["", *sorted({row.project for row in rows})] if name in PROJECTS_APART else [""]:
            _table(project or name.split(".")[0], [row for row in rows if project in {"", row.project}])
        print(f"{name.split('.')[0]:16}moved on replay or restart: {moved_on_replay(rows)} of {len(rows)}")


def _stream(rows: Sequence[Row], events: int) -> None:
    """The whole way of an event after decoding, among 50,000 issues: at the beginning and at the end of a stream."""
    issues = Issues(crowd(50_000).members())
    issues.owner = {str(number): number for number in range(50_000)}
    stream = (varied(rows[number % len(rows)].event, number) for number in range(events))
    spent: list[float] = []
    told = {min(10_000, events): "first", events: "last"}
    for number, event in enumerate(stream, 1):
        if len(spent) == 20_000:  # as many as are told of
            del spent[:10_000]
        start = time.process_time_ns()
        issues.issue_of(event)
        spent.append((time.process_time_ns() - start) / 1000)
        if number in told:
            some = spent[-10_000:]
            print(
                f"CPU of deciding an event's issue, {told[number]} {len(some)} of {events} among 50000 issues: "
                f"mean {mean(some):.0f} us, p99 {percentile(some, 99):.0f} us; {len(issues.index)} members, {_resident():.0f} MB resident"
            )


def _resident() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _memory() -> None:
    """An index of as many members as it may have, read anew: no text is shared, which is the worst case."""
    stored = [msgspec.json.encode(member) for member in crowd(50_000).members()]
    tracemalloc.start()
    index = NearIndex([msgspec.json.decode(one, type=Member) for one in stored])
    grown = tracemalloc.get_traced_memory()[0] / 1e6
    tracemalloc.stop()
    print(f"memory of an index of {len(index)} members, the most a project has: {grown:.0f} MB ({len(stored[-1])} bytes each as JSON)")


def _table(name: str, rows: Sequence[Row]) -> None:
    ways: dict[str, Sequence[object]] = {
        "version 1": [v1.group(row.event).fingerprints[0] for row in rows],
        "2, hashes": assign(rows, near=False),
        "2, near": assign(rows),
    }
    for way, groups in ways.items():
        found = score(rows, groups)
        figures = "".join(f"{figure:7.3f}" for figure in found[:4])
        print(f"{name:16}{way:14}{figures}{found.hidden:8.3f}{found.groups:8}{found.labels:6}")


if __name__ == "__main__":
    main()
