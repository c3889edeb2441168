"""Whose address an event speaks of, and where that is. The place is looked up once, at accept, and recorded: databases change."""

from typing import Any

import msgspec

from seiche.normalize.values import text

CLIENT_PLATFORMS = frozenset({"javascript", "cocoa", "objc"})
"""Where the connection is the user's own, not a server's."""
AUTO = "{{auto}}"
PLACE_NAMES = ("city", "subdivision", "region", "country_code")


class _User(msgspec.Struct, gc=False):
    ip_address: Any = None


class _Env(msgspec.Struct, gc=False):
    REMOTE_ADDR: Any = None


class _Request(msgspec.Struct, gc=False):
    env: _Env | None = None


class _Addressed(msgspec.Struct, gc=False):
    user: _User | None = None
    request: _Request | None = None
    platform: Any = None


_DECODE = msgspec.json.Decoder(_Addressed).decode


def user_address(sent: Any, remote: Any, platform: str, client_ip: str) -> str:
    """`user.ip_address`, else `request.env.REMOTE_ADDR`, else the connection's: where the SDK asks for it, or runs on the user's device."""
    address = text(sent, 64).strip()
    if address == AUTO:
        return client_ip
    if address:
        return address
    found = text(remote, 64).strip()
    return found or (client_ip if platform in CLIENT_PLATFORMS else "")


def address_in(body: bytes | memoryview, client_ip: str) -> str:
    """The same of an event's JSON; "" where it cannot be told without mending the event."""
    try:
        event = _DECODE(body)
    except (msgspec.DecodeError, RecursionError):
        return ""
    sent = event.user.ip_address if event.user is not None else None
    remote = event.request.env.REMOTE_ADDR if event.request is not None and event.request.env is not None else None
    return user_address(sent, remote, text(event.platform, 64).lower(), client_ip)


def place(recorded: str) -> dict[str, str]:
    """What the log's record holds of the place; nothing where it holds nothing."""
    if not recorded:
        return {}
    found: dict[str, str] = msgspec.json.decode(recorded)
    return found
