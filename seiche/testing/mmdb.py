"""A small database in MaxMind's format, for tests: nobody's data is shipped. The format is described at maxmind.github.io/MaxMind-DB."""

import ipaddress
from pathlib import Path
from typing import Any

MARKER = b"\xab\xcd\xefMaxMind.com"
BITS = 128
"""One tree for both families: IPv4 lies under ::/96."""


def write(path: Path, places: dict[str, dict[str, Any]]) -> Path:
    """A database of `{"198.51.100.0/24": {"country": ...}}`."""
    nodes: list[list[int | bytes | None]] = [[None, None]]
    for network, place in places.items():
        _insert(nodes, ipaddress.ip_network(network), _value(place))
    data, at = b"", {}
    for leaf in (side for node in nodes for side in node if isinstance(side, bytes)):
        if leaf not in at:
            at[leaf] = len(data)
            data += leaf
    tree = b"".join(_record(side, len(nodes), at).to_bytes(4, "big") for node in nodes for side in node)
    metadata = {
        "binary_format_major_version": (5, 2),
        "binary_format_minor_version": (5, 0),
        "build_epoch": (9, 1_764_000_000),
        "database_type": "Seiche-Test-City",
        "description": {"en": "made by a test"},
        "ip_version": (5, 6),
        "languages": ["en"],
        "node_count": (6, len(nodes)),
        "record_size": (5, 32),
    }
    path.write_bytes(tree + b"\0" * 16 + data + MARKER + _value(metadata))
    return path


def _insert(nodes: list[list[int | bytes | None]], network: ipaddress.IPv4Network | ipaddress.IPv6Network, leaf: bytes) -> None:
    address, length = int(network.network_address), network.prefixlen + (BITS - network.max_prefixlen)
    node = 0
    for depth in range(length):
        side = address >> (BITS - 1 - depth) & 1
        if depth == length - 1:
            nodes[node][side] = leaf
            return
        below = nodes[node][side]
        if not isinstance(below, int):
            nodes.append([below, below])
            below = nodes[node][side] = len(nodes) - 1
        node = below


def _record(side: int | bytes | None, count: int, at: dict[bytes, int]) -> int:
    if side is None:
        return count
    return side if isinstance(side, int) else count + 16 + at[side]


def _value(value: Any) -> bytes:
    match value:
        case dict():
            return _control(7, len(value)) + b"".join(_value(name) + _value(item) for name, item in value.items())
        case list():
            return _control(11, len(value)) + b"".join(_value(item) for item in value)
        case str():
            return _control(2, len(value.encode())) + value.encode()
        case (int() as kind, int() as number):  # 5, 6, 9: of 16, 32, 64 bits; the reader insists on the right ones
            packed = number.to_bytes(8, "big").lstrip(b"\0")
            return _control(kind, len(packed)) + packed
        case _:
            return _value((6, int(value)))


def _control(kind: int, size: int) -> bytes:
    head, rest = (size, b"") if size < 29 else (29, bytes([size - 29]))
    return bytes([kind << 5 | head]) + rest if kind < 8 else bytes([head, kind - 7]) + rest
