"""Rules that people write for a project, in Sentry's syntax: which events are one issue, and which frames count. Pure.

A configuration holds them as text; what cannot be read is refused before it is stored, with line numbers.
"""

from seiche.grouping.rules import fingerprint, stack


def check(*, fingerprint_rules: str, stack_rules: str) -> None:
    """Raises `InvalidInput` where a line of either is wrong."""
    fingerprint.parsed(fingerprint_rules)
    stack.parsed(stack_rules)


__all__ = ["check", "fingerprint", "stack"]
