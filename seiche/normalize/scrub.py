"""Take secrets out of an event before it is stored anywhere. docs/scrubbing.md says which, and which not."""

import json
from functools import cache
from typing import Any

import msgspec

from seiche.errors import InvalidInput
from seiche.model.project import ProjectConfig
from seiche.normalize.scrubbing.find import Finder
from seiche.normalize.scrubbing.walk import Walk
from seiche.normalize.scrubbing.words import WHOLE, WORDS, Names, own

SCRUB_VERSION = 1
"""Recorded with each event: which rules it went through."""


class Scrubber:
    """One project's scrubbing, compiled once; thread-safe.

    Raises `ConfigurationError` where the engine cannot be loaded, or a field of the project is not usable.
    """

    def __init__(self, config: ProjectConfig) -> None:
        defaults = config.scrub_defaults
        words = (*(WORDS if defaults else ()), *own(config.sensitive_fields))
        self._idle = not words and not config.scrub_ip_addresses
        self._finder = _finder(words, config.scrub_ip_addresses)
        self._names = Names(words, WHOLE if defaults else (), config.safe_fields)
        self._values = defaults
        self._walks: dict[int, Walk] = {}

    def scrub(self, body: bytes) -> bytes:
        """The event's JSON with secrets as "[Filtered]"; the same object where there are none.

        `body`: one JSON object that passed `seiche.protocol.event.gate`. Raises `InvalidInput` for anything else.
        """
        if self._idle:
            return body
        kinds = self._finder.kinds(body)
        if not kinds:
            return body
        walk = self._walks.get(kinds)
        if walk is None:
            walk = self._walks[kinds] = Walk(self._names, kinds, values=self._values)
        try:
            tree, encode = _decode(body)
            scrubbed = walk.event(tree)
            return body if scrubbed is tree else encode(scrubbed)
        except RecursionError as error:
            raise InvalidInput("the event is nested too deep", reason="too_deep") from error


@cache
def _finder(words: tuple[str, ...], addresses: bool) -> Finder:
    return Finder(words, addresses=addresses)


def _decode(body: bytes) -> tuple[Any, Any]:
    """(tree, how to encode it again). NaN, huge numbers and halves of surrogate pairs go the slow way, and come out as they went in."""
    try:
        return msgspec.json.decode(body), msgspec.json.encode
    except msgspec.DecodeError:
        pass
    try:
        return json.loads(body), _encode_slowly
    except ValueError as error:
        raise InvalidInput(f"the event is not JSON: {error}", reason="invalid_json") from error


def _encode_slowly(tree: Any) -> bytes:
    return json.dumps(tree, separators=(",", ":")).encode()
