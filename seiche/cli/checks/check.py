"""One finding: ok, warn or fail, and how to mend it."""

from collections.abc import Callable
from enum import StrEnum

import msgspec

from seiche.errors import SeicheError


class Verdict(StrEnum):
    """`fail`: something does not work. `warn`: it works, and will not always."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


class Finding(msgspec.Struct, frozen=True):
    """What one check saw."""

    name: str
    verdict: Verdict
    says: str
    mend: str = ""
    """What to do; empty where all is well."""


def ok(name: str, says: str) -> Finding:
    return Finding(name, Verdict.OK, says)


def warn(name: str, says: str, mend: str) -> Finding:
    return Finding(name, Verdict.WARN, says, mend)


def fail(name: str, says: str, mend: str) -> Finding:
    return Finding(name, Verdict.FAIL, says, mend)


def guarded(name: str, look: Callable[[], Finding]) -> Finding:
    """A check that cannot look has failed, and says why."""
    try:
        return look()
    except (SeicheError, OSError) as error:
        return fail(name, str(error), "mend what the text names, then run the doctor again")
