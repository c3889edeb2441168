"""A project's own scrubbing rules, after the default ones: over the decoded event, only where a rule can reach."""

import hashlib
import hmac
import json
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from seiche.errors import InvalidInput
from seiche.model.protection import Method, ScrubRule
from seiche.normalize.scrubbing.expressions import Expression, Sieve
from seiche.normalize.scrubbing.names import FILTERED
from seiche.normalize.scrubbing.selectors import KEPT, Selectors, State

MOST_RULES = 50
MOST_REPLACEMENT = 200
HASH_LETTERS = 32


class _Text(NamedTuple):
    """A string that some rules with patterns select."""

    holder: Any
    place: Any
    text: str
    rules: tuple[int, ...]


class _Gone(NamedTuple):
    holder: dict[str, Any]
    name: str


class CustomRules:
    """Any number of threads may use one. Raises `InvalidInput` naming the rule that is not usable."""

    def __init__(self, rules: Sequence[ScrubRule], hash_key: str = "") -> None:
        if len(rules) > MOST_RULES:
            raise InvalidInput(f"{len(rules)} rules are too many: {MOST_RULES} at most", reason="too_many_rules")
        self._rules, self._hash_key = rules, hash_key.encode()
        self._selectors = Selectors([rule.source for rule in rules])
        for number, rule in enumerate(rules, start=1):
            if len(rule.replacement) > MOST_REPLACEMENT:
                raise InvalidInput(f"rule {number}: the replacement has more than {MOST_REPLACEMENT} letters", reason="invalid_rule")
        self._expressions = [Expression(rule.pattern) if rule.pattern else None for rule in rules]
        patterns = [rule.pattern for rule in rules if rule.pattern]
        self._sieve = Sieve(patterns) if patterns else None

    def apply(self, body: bytes) -> bytes:
        """`body`, an event's JSON, with the rules applied; the same object where they find nothing."""
        tree, encode = _decoded(body)
        if not isinstance(tree, dict):
            return body
        run = _Run(self._selectors, self._whole)
        run.walk(tree, self._selectors.start, top=True)
        changed = run.changed
        if self._sieve is not None and run.texts:
            data = [_utf8(one.text) for one in run.texts]
            for place in self._sieve.candidates(data):
                one = run.texts[place]
                written = data[place]
                for number in one.rules:
                    written = self._within(number, written)
                if written != data[place]:
                    one.holder[one.place] = written.decode()
                    changed = True
        for gone in run.gone:
            gone.holder.pop(gone.name, None)
        return encode(tree) if changed else body

    def _whole(self, numbers: tuple[int, ...], value: Any) -> tuple[bool, Any]:
        """Whether a rule without a pattern takes the whole value, and what it becomes (`_GONE`: it is left out)."""
        for number in numbers:
            rule = self._rules[number]
            if rule.pattern or value is None or value in ("", FILTERED):
                continue
            match rule.method:
                case Method.REMOVE:
                    return True, _GONE
                case Method.MASK:
                    return True, "*" * len(value) if isinstance(value, str) else FILTERED
                case Method.HASH:
                    return True, self._hash(value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str))
                case Method.REPLACE:
                    return True, rule.replacement
        return False, value

    def _within(self, number: int, data: bytes) -> bytes:
        rule, expression = self._rules[number], self._expressions[number]
        spans = expression.spans(data) if expression is not None else []
        if not spans:
            return data
        parts: list[bytes] = []
        done = 0
        for start, end in spans:
            parts += (data[done:start], self._written(rule, data[start:end].decode()).encode())
            done = end
        return b"".join([*parts, data[done:]])

    def _written(self, rule: ScrubRule, found: str) -> str:
        match rule.method:
            case Method.REMOVE:
                return ""
            case Method.MASK:
                return "*" * len(found)
            case Method.HASH:
                return self._hash(found)
            case Method.REPLACE:
                return rule.replacement

    def _hash(self, value: str) -> str:
        return hmac.new(self._hash_key, _utf8(value), hashlib.sha256).hexdigest()[:HASH_LETTERS]


_GONE = object()


class _Run:
    """One event: whole values are changed on the way, strings for patterns collected."""

    def __init__(self, selectors: Selectors, whole: Any) -> None:
        self._selectors, self._whole = selectors, whole
        self.texts: list[_Text] = []
        self.gone: list[_Gone] = []
        self.changed = False

    def walk(self, holder: dict[str, Any] | list[Any], state: State, *, top: bool = False) -> None:
        """Depth is bounded by the event's gate."""
        items = list(holder.items()) if isinstance(holder, dict) else list(enumerate(holder))
        for place, value in items:
            if top and place in KEPT:
                continue
            below = self._selectors.step(state, place if isinstance(place, str) else str(place))
            if not below:
                continue
            numbers = self._selectors.rules(below, value)
            if numbers:
                taken, written = self._whole(numbers, value)
                if taken:
                    self._put(holder, place, written)
                    continue
                if isinstance(value, str):
                    self.texts.append(_Text(holder, place, value, numbers))
            if isinstance(value, (dict, list)):
                self.walk(value, below)

    def _put(self, holder: Any, place: Any, written: Any) -> None:
        self.changed = True
        if written is not _GONE:
            holder[place] = written
        elif isinstance(holder, dict):
            self.gone.append(_Gone(holder, place))
        else:
            holder[place] = None  # places in a list mean something


def _decoded(body: bytes) -> tuple[Any, Any]:
    try:
        return msgspec.json.decode(body), msgspec.json.encode
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass
    try:
        return json.loads(body), lambda tree: json.dumps(tree, separators=(",", ":")).encode()
    except ValueError as error:
        raise InvalidInput(f"the event is not JSON: {error}", reason="invalid_json") from error


def _utf8(text: str) -> bytes:
    if text.isascii():
        return text.encode()
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()
