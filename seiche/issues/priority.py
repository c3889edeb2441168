"""How soon somebody should look at an issue, computed from facts, with the reason; a person's own choice is kept elsewhere. Pure."""

from seiche.model.issue import IssueSubstatus, Priority

_STEPS = (Priority.LOW, Priority.MEDIUM, Priority.HIGH)
_LEVELS = {"fatal": 2, "error": 1}
_FRESH = frozenset({IssueSubstatus.NEW, IssueSubstatus.REGRESSED, IssueSubstatus.REOPENED})


def priority(level: str, *, unhandled: bool, substatus: IssueSubstatus) -> tuple[Priority, str]:
    """(priority, why). It begins with the level (fatal high, error medium, else low), and goes up one step for errors that are
    escalating, and one for errors that nothing caught and that are new, regressed or reopened.
    """
    step, why = _LEVELS.get(level, 0), [level]
    if substatus == IssueSubstatus.ESCALATING:
        step, why = step + 1, [*why, "escalating"]
    if unhandled and substatus in _FRESH:
        step, why = step + 1, [*why, "not handled", substatus.value]
    return _STEPS[min(step, 2)], ", ".join(why)
