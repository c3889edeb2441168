"""Sensitive values are replaced before an event is stored anywhere: `docs/protection.md` says which."""

import threading
from typing import Any, Final

from seiche.errors import ConfigurationError
from seiche.model.project import ProjectConfig
from seiche.normalize.scrubbing import lexer, walk
from seiche.normalize.scrubbing.custom import CustomRules
from seiche.normalize.scrubbing.hits import Finder, Hit
from seiche.normalize.scrubbing.names import Names
from seiche.normalize.scrubbing.patterns import UNSCANNED, compiled
from seiche.normalize.scrubbing.rules import Rules, spliced
from seiche.protocol.event import Unread

SCRUB_VERSION: Final[int] = 1
"""Stored with every record: raised when the rules change."""


class Scrubber:
    """A configuration's rules, compiled. Keep it per (project, version): a project's own fields take tens of milliseconds to compile.

    Any number of threads may use one. Raises `ConfigurationError` where hyperscan cannot load, or cannot compile the project's own fields;
    `InvalidInput` where one of its own rules cannot be used.
    """

    def __init__(self, config: ProjectConfig) -> None:
        own = tuple(sorted({name.strip() for name in config.sensitive_fields if name.strip()}))
        safe = tuple(sorted({name.strip() for name in config.safe_fields if name.strip()}))
        names = Names(defaults=config.scrub_defaults, addresses=config.scrub_ip_addresses, own=own, safe=safe)
        self._rules = Rules(names, defaults=config.scrub_defaults)
        self._database = compiled(defaults=config.scrub_defaults, addresses=config.scrub_ip_addresses, own=own, safe=safe)
        self._walk_always = any(_could_be_bare(name) for name in own)
        self._scratches = threading.local()
        self._custom = CustomRules(config.scrub_rules, config.scrub_hash_key) if config.scrub_rules else None

    def scrub(self, body: bytes, unread: Unread | None = None) -> bytes:
        """`body`, an event's JSON in UTF-8, with its sensitive values replaced by `[Filtered]`; the same object where there are none.

        `unread` is what the gate has read of it. Raises `InvalidInput` where it is so far from JSON that nobody can say where a value ends.
        """
        found = self._by_names_and_patterns(body, unread)
        return found if self._custom is None else self._custom.apply(found)

    def nothing_in(self, head: bytes) -> bool:
        """Whether these bytes, which are no event, may be kept as they are: nothing in them looks like anything that is to be hidden."""
        if self._database is None:
            return self._custom is None
        return self._custom is None and not self._walk_always and all(kind >= UNSCANNED for _, kind in self._hits(head))

    def _by_names_and_patterns(self, body: bytes, unread: Unread | None) -> bytes:
        if self._database is None:
            return body
        if not self._walk_always:
            hits = self._hits(body)
            if not hits:
                return body
            try:
                return spliced(body, Finder(body, self._rules, unread).find(hits))
            except lexer.Unclear:
                pass
        return spliced(body, walk.edits(body, self._rules))

    def _hits(self, body: bytes) -> list[Hit]:
        import hyperscan

        hits: list[Hit] = []

        def keep(kind: int, _start: int, end: int, _flags: int, _context: object) -> None:
            hits.append((end, kind))

        try:
            scratch = self._scratches.__dict__.get("scratch")
            if scratch is None:
                # hyperscan lets go of Python's lock: two threads may not share one.
                scratch = self._scratches.scratch = hyperscan.Scratch(self._database)
            self._database.scan(body, match_event_handler=keep, scratch=scratch)
        except hyperscan.error as error:
            raise ConfigurationError(f"hyperscan cannot scan an event: {error}") from error
        return hits


def _could_be_bare(name: Any) -> bool:
    """Whether a project's own field may match outside of strings, where hits mean nothing: in `true` or in a number, say."""
    return not name.strip("0123456789+-.eE,:[]{} \t\r\n") or any(
        name.lower() in word for word in ("true", "false", "null", "nan", "infinity")
    )
