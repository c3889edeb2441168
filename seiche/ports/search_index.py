"""Full-text search over title, message, stack frames and breadcrumbs of the hot tier.

Semantics in every implementation: text is split into lowercase tokens of letters, digits and underscore; words are ANDed;
`"a b"` is a phrase (adjacent tokens, in order); `abc*` is a prefix; no stemming, no ranking: newest first.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

import msgspec

if TYPE_CHECKING:
    import pyarrow as pa


class TextTerm(msgspec.Struct, frozen=True):
    """One word, phrase or prefix; `tokens` are already lowercase and split."""

    tokens: tuple[str, ...]
    prefix: bool = False
    """The last token is a prefix."""


class SearchIndex(Protocol):
    """Scoped by project in every call."""

    def index(self, rows: "pa.Table", *, version: str) -> None:
        """Add the rows of one silver commit (columns of `lake.tables.SEARCH_COLUMNS`).

        Idempotent by `version`: repeating a version that is already in adds nothing.
        """
        ...

    def indexed_offset(self, partition: int) -> int:
        """The log offset up to which (exclusive) rows of `partition` can be found."""
        ...

    def fingerprints(
        self, project_id: int, terms: Sequence[TextTerm], *, since: datetime | None = None, limit: int = 10_000
    ) -> Sequence[str]:
        """Distinct fingerprints with an event in which every term matches."""
        ...

    def event_ids(self, project_id: int, fingerprints: Sequence[str], terms: Sequence[TextTerm], *, limit: int = 100) -> Sequence[str]:
        """Ids of matching events of these fingerprints, newest first."""
        ...

    def replace_hour(self, hour: datetime, rows: "pa.Table") -> None:
        """Make `rows` the whole content of one closed hour of received time; atomic for readers."""
        ...

    def hour_rows(self, hour: datetime) -> int:
        """How many rows one hour of received time holds: silver's hour must hold as many."""
        ...

    def drop_before(self, cutoff: datetime) -> int:
        """Drop whole hours before `cutoff`; returns how many were dropped."""
        ...

    def drop_project_before(self, project_id: int, cutoff: datetime) -> int:
        """Drop one project's rows of whole hours before `cutoff`; returns how many hours changed."""
        ...
