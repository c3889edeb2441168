"""`Idempotency-Key` of the batch endpoint: the same key and body within a window get the same answer, and nothing is stored twice.

Answers live in memory, bounded, and are gone with the process. What survives a restart: an event without an id gets one made of the
key and its place in the batch, so the alerts consumer knows a repeat as a duplicate (of the last hour) like any other.
"""

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable

import msgspec

from ingest_api.http import Answer
from seiche.errors import InvalidInput

WINDOW_SECONDS = 3600.0
MOST_KEYS = 2_000
MOST_ANSWER_BYTES = 256 << 10
KEY_CHARACTERS = 255
REUSED = "idempotency_key_reused"
SETTLED = frozenset({200, 207, 400})
"""Answers that hold a result an event; all else is asked again."""


class _Kept(msgspec.Struct):
    digest: bytes
    until: float
    answer: "asyncio.Future[Answer]"


class Remembered:
    """By (project key, idempotency key)."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: OrderedDict[tuple[str, str], _Kept] = OrderedDict()

    async def answer(self, public_key: str, key: str, body: bytes, make: Callable[[], Awaitable[Answer]]) -> Answer:
        """What was answered before, or what `make` answers now. A repeat that comes while the first is at work waits for it.

        Raises `InvalidInput` where the key came with another body, and whatever `make` raises.
        """
        place, digest = (public_key, key), hashlib.sha256(body).digest()
        self._forget()
        found = self._kept.get(place)
        if found is not None:
            if found.digest != digest:
                raise InvalidInput("this Idempotency-Key was used for another body: take a new key for new events", reason=REUSED)
            return await asyncio.shield(found.answer)
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._kept[place] = _Kept(digest, self._clock() + WINDOW_SECONDS, future)
        try:
            made = await make()
        except BaseException as error:
            self._kept.pop(place, None)
            if isinstance(error, Exception):
                future.set_exception(error)
                future.exception()  # whoever waits has it; nobody has to
            else:
                future.cancel()
            raise
        future.set_result(made)
        if made.status not in SETTLED or len(made.body) > MOST_ANSWER_BYTES:
            self._kept.pop(place, None)
        return made

    def _forget(self) -> None:
        now = self._clock()
        while self._kept and (len(self._kept) >= MOST_KEYS or next(iter(self._kept.values())).until <= now):
            self._kept.popitem(last=False)


def usable(text: str) -> str:
    """The header's value. Raises `InvalidInput` for one that is too long."""
    if len(text) > KEY_CHARACTERS:
        raise InvalidInput(f"the Idempotency-Key is longer than {KEY_CHARACTERS} characters", reason="invalid_idempotency_key")
    return text


def made_id(public_key: str, key: str, number: int) -> str:
    """The id of an event that has none: the same for every repeat of its batch."""
    return hashlib.sha256(f"{public_key}:{key}:{number}".encode("utf-8", "replace")).hexdigest()[:32]
