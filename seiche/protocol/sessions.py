"""Sentry's `session` and `sessions` items: checked and made anonymous before anything is durable, then read as rows.

`session` is one session's whole state, sent again with each change; `sessions` are additive counts by minute (develop docs, sdk/sessions).
"""

import hashlib
from typing import Any

import msgspec

from seiche.errors import InvalidInput
from seiche.protocol.timestamps import sent_at_us

TYPES = frozenset({"session", "sessions"})
STATUSES = frozenset({"ok", "exited", "crashed", "abnormal"})
TERMINAL = STATUSES - {"ok"}
COUNTS = ("exited", "errored", "crashed", "abnormal")
MOST_AGGREGATES = 100
MOST_OF_ONE = 1_000_000_000
RELEASE_CHARACTERS, ENVIRONMENT_CHARACTERS, ID_CHARACTERS = 200, 64, 64
REASON = "invalid_session"


class SessionRow(msgspec.Struct, frozen=True, kw_only=True):
    """One state of one session (`sid` set), or how many sessions of one minute ended how (`sid` empty)."""

    started_us: int
    release: str
    environment: str
    sid: str = ""
    did: str = ""
    """Who, as `anonymous` made it; empty where the SDK does not say."""
    seq: int = 0
    status: str = ""
    errors: int = 0
    exited: int = 0
    errored: int = 0
    crashed: int = 0
    abnormal: int = 0


def anonymous(item_type: str, payload: bytes | memoryview, *, project_id: int) -> bytes:
    """The item's JSON as it is kept: `did` hashed for this project alone, no address, no user agent, nothing unknown.

    Raises `InvalidInput` (invalid_session) naming what is wrong.
    """
    tree = _decoded(payload)
    attributes = tree.get("attrs")
    attributes = attributes if isinstance(attributes, dict) else {}
    release = _text(attributes.get("release"), RELEASE_CHARACTERS)
    if not release:
        raise InvalidInput("the session names no release (attrs.release)", reason=REASON)
    attrs = {"release": release, "environment": _text(attributes.get("environment"), ENVIRONMENT_CHARACTERS)}
    if item_type == "session":
        kept = {
            "sid": _sid(tree.get("sid")),
            "seq": _count(tree, "seq"),
            "status": _status(tree.get("status")),
            "errors": _count(tree, "errors"),
        }
        return msgspec.json.encode({**kept, **_of_one(tree, project_id), "init": tree.get("init") is True, "attrs": attrs})
    aggregates = tree.get("aggregates")
    if not isinstance(aggregates, list) or len(aggregates) > MOST_AGGREGATES:
        raise InvalidInput(f"aggregates is not a list of at most {MOST_AGGREGATES}", reason=REASON)
    buckets = []
    for bucket in aggregates:
        if not isinstance(bucket, dict):
            raise InvalidInput("one of the aggregates is not an object", reason=REASON)
        buckets.append({**_of_one(bucket, project_id), **{name: _count(bucket, name) for name in COUNTS}})
    return msgspec.json.encode({"aggregates": buckets, "attrs": attrs})


def rows(item_type: str, payload: str | bytes) -> list[SessionRow]:
    """What `anonymous` kept, as rows."""
    tree = msgspec.json.decode(payload)
    of_all = {"release": tree["attrs"]["release"], "environment": tree["attrs"]["environment"]}
    if item_type == "session":
        own = {name: tree[name] for name in ("sid", "did", "seq", "status", "errors")}
        return [SessionRow(started_us=tree["started_us"], **own, **of_all)]
    return [SessionRow(**bucket, **of_all) for bucket in tree["aggregates"]]


def _decoded(payload: bytes | memoryview) -> dict[str, Any]:
    try:
        tree = msgspec.json.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidInput(f"the session is not JSON: {error}", reason=REASON) from error
    if not isinstance(tree, dict):
        raise InvalidInput("the session is not a JSON object", reason=REASON)
    return tree


def _of_one(tree: dict[str, Any], project_id: int) -> dict[str, Any]:
    started = sent_at_us(tree.get("started"))
    if started is None:
        raise InvalidInput("the session does not say when it started", reason=REASON)
    who = tree.get("did")
    named = isinstance(who, str | int) and who != ""
    hashed = hashlib.blake2b(f"{project_id}:{who}".encode(errors="replace"), digest_size=12).hexdigest() if named else ""
    return {"started_us": started, "did": hashed}


def _sid(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= ID_CHARACTERS:
        raise InvalidInput("the session has no id (sid)", reason=REASON)
    return value.lower()


def _status(value: Any) -> str:
    found = "ok" if value is None else value
    if not isinstance(found, str) or found not in STATUSES:
        raise InvalidInput(f"the session's status is none of {', '.join(sorted(STATUSES))}", reason=REASON)
    return found


def _count(tree: dict[str, Any], name: str) -> int:
    value = tree.get(name)
    if value is None:
        return 0
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise InvalidInput(f"the session's {name} is not a count", reason=REASON)
    # `seq` may be a time in milliseconds; counts of more than a billion sessions a minute are not.
    return value if name == "seq" and value < 1 << 62 else min(value, MOST_OF_ONE)


def _text(value: Any, characters: int) -> str:
    return value.strip()[:characters] if isinstance(value, str) else ""
