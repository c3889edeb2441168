"""Which rule speaks about what."""

from types import SimpleNamespace

import pytest

from alerts.payload import delivery_id, frame_view
from alerts.rules import Happening, due, matching
from seiche.model.alert import AlertRule, Trigger
from seiche.model.event import Frame


def happening(trigger, offset=0, level="error", environment="production"):
    event = SimpleNamespace(level=level, environment=environment)
    return Happening(1, trigger, SimpleNamespace(partition=0, offset=offset, event=event))


def rule(*triggers, **more):
    return AlertRule(id=1, project_id=1, name="r", triggers=triggers, **more)


NEW, BACK, EVERY = Trigger.NEW_ISSUE, Trigger.REGRESSION, Trigger.EVENT


@pytest.mark.parametrize(
    ("a_rule", "happenings", "expected"),
    [
        (rule(NEW), [happening(NEW)], (NEW, 0)),
        (rule(NEW), [happening(BACK)], None),
        (rule(NEW, enabled=False), [happening(NEW)], None),
        (rule(EVERY), [happening(EVERY, 1), happening(EVERY, 2)], (EVERY, 2)),
        (rule(EVERY, NEW), [happening(EVERY, 2), happening(NEW, 1)], (NEW, 1)),
        (rule(EVERY, levels=("fatal",)), [happening(EVERY, 2), happening(EVERY, 1, level="fatal")], (EVERY, 1)),
        (rule(NEW, environments=("staging",)), [happening(NEW)], None),
        (rule(NEW, environments=("production",), levels=("error",)), [happening(NEW)], (NEW, 0)),
        (rule(NEW), [], None),
    ],
)
def test_the_most_telling_matching_happening_is_chosen(a_rule, happenings, expected) -> None:
    found = matching(a_rule, happenings)
    assert (found and (found.trigger, found.seen.offset)) == expected


def test_a_cooldown_is_over_after_its_seconds() -> None:
    assert due(rule(NEW, cooldown_seconds=60), None, 0)
    assert not due(rule(NEW, cooldown_seconds=60), 1_000_000, 60_000_000)
    assert due(rule(NEW, cooldown_seconds=60), 1_000_000, 61_000_000)


def test_a_delivery_id_names_its_cause_and_nothing_else() -> None:
    ids = {delivery_id(rule(NEW), happening(trigger, offset), action) for trigger in (NEW, BACK) for offset in (1, 2) for action in (0, 1)}
    assert len(ids) == 8
    assert delivery_id(rule(NEW, levels=("x",)), happening(NEW, 1), 0) in ids


def test_the_guilty_line_keeps_its_number() -> None:
    frame = Frame(lineno=3, context_line="c" * 500, pre_context=("a", "b"), post_context=("d", "e", "f", "g"))
    lines = frame_view(frame)["lines"]
    assert [(line["number"], line["code"][:1]) for line in lines] == [(1, "a"), (2, "b"), (3, "c"), (4, "d"), (5, "e"), (6, "f")]
    assert max(len(line["code"]) for line in lines) == 160
    assert frame_view(Frame(function="f"))["lines"] == []
    assert frame_view(None) is None
