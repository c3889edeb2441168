"""Attachments: the bytes into the raw store first, then what the log says of them."""

import hashlib
from datetime import UTC, datetime

import anyio
import anyio.to_thread
import msgspec

from seiche.backends.raw_store import RawStore, key_of
from seiche.model.blob import Attachment
from seiche.model.outcome import Dropped, Kept, Outcome
from seiche.protocol import attachments as safe
from seiche.protocol.envelope import Item
from seiche.settings import IngestSettings

WRITING_THREADS = 4


class Attachments:
    """The way into the raw store. Raises `StoreUnavailable` where it takes nothing: the client comes again."""

    def __init__(self, raw: RawStore, limits: IngestSettings) -> None:
        self._raw, self._limits = raw, limits
        self._threads = anyio.CapacityLimiter(WRITING_THREADS)

    async def keep(self, item: Item, event_id: str, project_id: int, received_at_us: int, before_bytes: int) -> Kept[bytes] | Dropped:
        """Make one durable; the answer is its record's body. `before_bytes`: what the request has stored already."""
        size = len(item.payload)
        if not event_id:
            return Dropped(Outcome.INVALID, "no_event_id", "an attachment needs the event_id of the envelope's header")
        limit = self._limits.attachment_bytes
        if size + before_bytes > limit:
            return Dropped(Outcome.INVALID, "too_large", f"attachments of more than {limit} bytes are not taken")
        return Kept(await anyio.to_thread.run_sync(self._store, item, event_id, project_id, received_at_us, limiter=self._threads))

    def _store(self, item: Item, event_id: str, project_id: int, received_at_us: int) -> bytes:
        sha256 = hashlib.sha256(item.payload).hexdigest()
        day = datetime.fromtimestamp(received_at_us // 1_000_000, UTC).date()
        key = key_of(project_id, day, f"{event_id}-{sha256[:32]}")
        self._raw.put(key, item.payload)
        told = Attachment(
            key=key,
            name=safe.file_name(item.header.filename),
            content_type=safe.content_type(item.header.content_type),
            attachment_type=safe.attachment_type(item.header.attachment_type or safe.PLAIN),
            size=len(item.payload),
            sha256=sha256,
        )
        return msgspec.json.encode(told)
