"""Silver holds all that grouping looks at: events come back from its columns as they were."""

import json

import msgspec
import pyarrow as pa

from bench.grouping import SETS, load
from lake.silver_events import NARROW, WIDE, event_of, stack_of
from lake.silver_rows import _column, _columns
from lake.tables import SILVER_EVENTS
from seiche.grouping import analyse, stack_key
from seiche.model.project import ProjectConfig
from seiche.model.record import LogRecord, RecordKind
from seiche.normalize import normalise


def through_silver(events):
    """The events as they come back from silver's columns."""
    groupings = [analyse(event, ProjectConfig(grouping_version=2)).grouping for event in events]
    found = _columns(events, groupings, [stack_key(event) for event in events])
    names = (*NARROW, *WIDE)
    table = pa.table([_column(found[name], SILVER_EVENTS.field(name).type) for name in names], names=list(names))
    for row in table.to_pylist():
        stack = stack_of(row)
        assert stack.key == row["stack_key"]
        # The stack is of any event that has it: what this one says comes from its own columns.
        stack = msgspec.structs.replace(stack, exceptions=tuple(msgspec.structs.replace(one, value="other") for one in stack.exceptions))
        yield event_of(row, stack, project_id=1)


def test_silver_holds_all_that_grouping_looks_at() -> None:
    events = [row.event for name in SETS for row in load(name)][::17]
    groups = [row.event for name in SETS for row in load(name) if any(one.is_group for one in row.event.exceptions)]
    assert len(events) > 450
    assert len(groups) > 30
    for event, again in zip(events + groups, through_silver(events + groups), strict=True):
        assert [one.is_group for one in again.exceptions] == [one.is_group for one in event.exceptions]
        for version in (1, 2):
            config = ProjectConfig(grouping_version=version)
            assert analyse(again, config) == analyse(event, config)


def test_packages_of_native_frames_are_kept() -> None:
    frames = [{"function": "f", "package": "/usr/lib/liba.so"}, {"function": "g", "platform": "c"}, {"function": "", "package": "b.dll"}]
    thrown = {"type": "SIGSEGV", "mechanism": {"type": "signalhandler"}, "stacktrace": {"frames": frames}}
    body = json.dumps({"exception": {"values": [{"type": "Cause"}, thrown]}, "platform": "native"}).encode()
    record = LogRecord(kind=RecordKind.EVENT, received_at_us=1, project_id=1, public_key="k", event_id="0" * 32, body=body)
    event = normalise(body, record, ProjectConfig(), details=False)
    (again,) = through_silver([event])
    assert [frame.package for frame in again.frames] == ["/usr/lib/liba.so", "", "b.dll"]
    assert ([frame.platform for frame in again.frames], again.exceptions[1].mechanism) == (["", "c", ""], "signalhandler")
    for rules in ("", "error.mechanism:signalhandler -> signal", "stack.package:b.dll -> dll", "family:native -> native"):
        config = ProjectConfig(fingerprint_rules=rules)
        assert analyse(again, config) == analyse(event, config)
