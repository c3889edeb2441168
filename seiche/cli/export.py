"""Silver's rows of one project, joined with the registry's current fingerprint map: as a stream, a few thousand rows in memory."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from seiche import wiring
from seiche.errors import InvalidInput, NotFound
from seiche.registry.engine import read
from seiche.registry.migrate import upgrade
from seiche.registry.tables import FingerprintRow, Project

if TYPE_CHECKING:
    from seiche.settings import Settings

BATCH_ROWS = 4096
COLUMNS = (
    "event_id",
    "received_at",
    "occurred_at",
    "platform",
    "level",
    "type",
    "value",
    "title",
    "culprit",
    "message",
    "transaction",
    "release",
    "environment",
    "server_name",
    "user_key",
    "tags",
    "fingerprint",
    "sdk_name",
    "sdk_version",
    "unprocessable",
)


def rows(settings: "Settings", slug: str, since: datetime | None = None) -> Iterator[dict[str, Any]]:
    """In the order in which they lie in the table. Raises `NotFound` for a project that is not there."""
    upgrade(settings.registry_url)
    engine = wiring.registry_engine(settings.registry_url)
    with read(engine) as session:
        project_id = session.scalar(sa.select(Project.id).where(Project.slug == slug))
        if project_id is None:
            known = ", ".join(session.scalars(sa.select(Project.slug).order_by(Project.slug).limit(20))) or "none yet"
            raise NotFound(f"there is no project {slug!r}: the projects are {known}")
        chosen = sa.select(FingerprintRow.fingerprint, FingerprintRow.issue_id).where(FingerprintRow.project_id == project_id)
        issues = {row.fingerprint: str(row.issue_id) for row in session.execute(chosen)}
    lake = wiring.lake(settings)
    if not lake.exists("silver_events"):
        return
    where = (pc.field("project_id") == project_id) & ~pc.field("duplicate")
    if since is not None:
        where &= (pc.field("received_date") >= pa.scalar(since.date(), pa.date32())) & (
            pc.field("received_at") >= pa.scalar(since, pa.timestamp("us", tz="UTC"))
        )
    scanner = lake.dataset("silver_events").scanner(
        columns=list(COLUMNS), filter=where, batch_size=BATCH_ROWS, batch_readahead=1, fragment_readahead=1
    )
    for batch in scanner.to_batches():
        for row in batch.to_pylist():
            yield {"event_id": row.pop("event_id"), "issue_id": issues.get(row["fingerprint"]), "project": slug, **_shown(row)}


def moment(text: str) -> datetime | None:
    """RFC 3339, UTC where it names no offset. Raises `InvalidInput`."""
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(f"--since {text}: it takes a time such as 2026-11-24T10:00:00Z", reason="invalid_time") from error
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    row["received_at"] = row["received_at"].isoformat().replace("+00:00", "Z")
    if row["occurred_at"] is not None:
        row["occurred_at"] = row["occurred_at"].isoformat().replace("+00:00", "Z")
    row["tags"] = dict(row["tags"] or ())
    return row
