"""What became of an event: received = stored + duplicate + filtered + rate_limited + invalid, per project and minute."""

from enum import StrEnum
from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")


class Outcome(StrEnum):
    """The last word on an event (RECEIVED is the first: counted when the key is recognised)."""

    RECEIVED = "received"
    STORED = "stored"
    DUPLICATE = "duplicate"
    FILTERED = "filtered"
    RATE_LIMITED = "rate_limited"
    INVALID = "invalid"
    CLIENT_DISCARD = "client_discard"
    """Reported by an SDK about events it never sent; outside the sum."""


class Tally(msgspec.Struct, frozen=True):
    """How many events of one kind met one outcome in one minute."""

    project_id: int
    public_key: str
    category: str
    """Sentry's data category: error, session, attachment, transaction, ..."""
    outcome: Outcome
    reason: str
    """snake_case; empty for RECEIVED and STORED."""
    minute: int
    """Minutes since the epoch, of the time of arrival."""
    quantity: int


class Kept(msgspec.Struct, Generic[T], frozen=True):
    """A pipeline step's answer: go on with `value`."""

    value: T


class Dropped(msgspec.Struct, frozen=True):
    """A pipeline step's answer: count this outcome and stop."""

    outcome: Outcome
    reason: str
    detail: str = ""
