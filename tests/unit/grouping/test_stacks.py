"""Exact stacks: what their key covers, and that using what was found for one again changes no grouping by one bit."""

import msgspec
import pytest

from bench.grouping import SETS, load, varied
from seiche.grouping import analyse, stack_key, v2
from seiche.grouping.shape import shape
from seiche.grouping.stacks import Memo
from seiche.model.event import Event, ExceptionValue, Frame
from seiche.model.project import ProjectConfig

FRAME = Frame(function="f", module="m", filename="m.py", abs_path="/m.py", lineno=3, colno=4, in_app=True, context_line="f()")
THROWN = ExceptionValue(type="E", value="said", module="errors", frames=(FRAME,), handled=False, mechanism="generic")


def event(*exceptions, **more):
    return Event(event_id="", project_id=1, received_at_us=0, occurred_at_us=0, exceptions=exceptions, **more)


@pytest.mark.parametrize("changed", [
    {"function": "g"}, {"module": "n"}, {"filename": "n.py"}, {"abs_path": "/n.py"}, {"lineno": 5}, {"colno": None}, {"in_app": False},
    {"context_line": "g()"}, {"package": "lib"}, {"platform": "c"},
])  # fmt: skip
def test_whatever_grouping_reads_of_a_frame_is_in_the_key(changed) -> None:
    other = msgspec.structs.replace(THROWN, frames=(msgspec.structs.replace(FRAME, **changed),))
    assert stack_key(event(other)) != stack_key(event(THROWN))


@pytest.mark.parametrize("changed", [
    {"type": "F"}, {"module": ""}, {"frames": ()}, {"handled": None}, {"synthetic": True}, {"mechanism": ""}, {"is_group": True},
])  # fmt: skip
def test_and_of_an_exception_but_what_it_says(changed) -> None:
    assert stack_key(event(msgspec.structs.replace(THROWN, **changed))) != stack_key(event(THROWN))
    assert stack_key(event(msgspec.structs.replace(THROWN, value="else"), message="more")) == stack_key(event(THROWN))


def test_where_a_frame_stands_is_in_the_key() -> None:
    bare = msgspec.structs.replace(THROWN, frames=())
    keys = {stack_key(one) for one in (event(THROWN, bare), event(bare, THROWN), event(THROWN), event(bare, thread_frames=(FRAME,)))}
    assert len(keys) == 4
    assert all(-(1 << 63) <= key < 1 << 63 for key in keys)


def test_a_memo_forgets_what_was_not_asked_for_lately() -> None:
    memo: Memo[int] = Memo(10)
    for number in range(100):
        memo.put(number, number)
        assert memo.get(0) == 0, "what is asked for stays"
    assert sum(memo.get(number) is not None for number in range(100)) <= 20
    assert memo.get(99) == 99


def test_what_was_found_for_a_stack_before_changes_nothing() -> None:
    config = ProjectConfig(grouping_version=2)
    rows = [row for name in SETS for row in load(name)][::9]
    assert len(rows) > 800
    for number, row in enumerate(rows):
        for each in (row.event, varied(row.event, number), varied(row.event, number + 50), row.event):
            seen = shape(each)
            grouping = v2.group(each, seen)
            found = analyse(each, config)
            assert found.grouping == grouping
            assert found.shape == (None if grouping.rule == "sdk_fingerprint" else seen)
