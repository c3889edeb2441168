"""How far the consumers that keep their offset in the registry have come."""

from collections import defaultdict

import sqlalchemy as sa
from sqlalchemy.orm import Session

from seiche.registry.tables import ConsumerOffset


def committed(session: Session) -> dict[int, dict[str, int]]:
    """Partition -> consumer -> the next offset it will read."""
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for row in session.scalars(sa.select(ConsumerOffset)):
        found[row.partition][row.consumer] = row.offset
    return dict(found)
