"""Bounding single values: text, numbers, mappings and free-form trees; what is cut leaves a remark."""

import json
import math
from collections.abc import Iterator
from typing import Any

import msgspec

INTEGER_LIMIT = 2**53
DEPTH_LIMIT = 7
ELLIPSIS = "…"


def text(value: Any, limit: int, name: str = "", remarks: list[str] | None = None) -> str:
    """`value` as text of at most `limit` characters: "" for null, JSON for objects and lists."""
    if value.__class__ is str:
        if len(value) <= limit:
            found: str = value
            return found
    elif value is None:
        return ""
    elif isinstance(value, bool):
        value = "True" if value else "False"
    elif isinstance(value, int | float):
        value = _number_text(value)
    else:
        value = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
    if len(value) > limit:
        if remarks is not None and name:
            remarks.append(f"{name}: trimmed to {limit} characters")
        value = value[: limit - 1] + ELLIPSIS
    return str(value)


def _number_text(value: float) -> str:
    if isinstance(value, int):
        # Python refuses to print integers of more than 4,300 digits.
        return str(value) if value.bit_length() < 8192 else "a very large number"
    return str(int(value)) if value.is_integer() and abs(value) < INTEGER_LIMIT else repr(value)


def integer(value: Any) -> int | None:
    """A count or line number; None where it is none."""
    if value.__class__ is int:
        return value if 0 <= value < 2**31 else None
    if isinstance(value, float) and value.is_integer() and 0 <= value < 2**31:
        return int(value)
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    return None


def boolean(value: Any) -> bool | None:
    """True, False, or None where it is neither."""
    return value if isinstance(value, bool) else None


def pairs(value: Any) -> Iterator[tuple[Any, Any]]:
    """The entries of a dict, a list of pairs or a list of `{key, value}`; nothing else has any."""
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list):
        for item in value:
            if isinstance(item, list) and len(item) == 2:
                yield item[0], item[1]
            elif isinstance(item, dict) and "key" in item:
                yield item["key"], item.get("value")


def mapping(value: Any) -> dict[str, Any]:
    """A dict, from a dict or pairs; repeated names are joined where they are text."""
    found: dict[str, Any] = {}
    for raw, item in pairs(value):
        name = text(raw, 200)
        if name in found and isinstance(found[name], str) and isinstance(item, str):
            found[name] = f"{found[name]}, {item}"
        else:
            found[name] = item
    return found


def tree(value: Any, limit_bytes: int, name: str, remarks: list[str], depth: int = DEPTH_LIMIT) -> Any:
    """A free-form value within `limit_bytes` of JSON and `depth` levels; what is beyond is cut, with a remark."""
    if _harmless(value, limit_bytes, depth):
        return value
    budget = Budget(limit_bytes)
    found = _bounded(value, depth, budget)
    if budget.cut:
        remarks.append(f"{name}: trimmed to {limit_bytes} bytes and {depth} levels")
    return found


def _harmless(value: Any, limit_bytes: int, depth: int) -> bool:
    """Told from its JSON, in C: walking every frame's locals in Python costs more than all the rest of normalising."""
    try:
        msgspec.msgpack.encode(value)  # refuses integers beyond 64 bits, which JavaScript, Arrow and ClickHouse do not hold either
        found = msgspec.json.encode(value)
    except (ValueError, OverflowError, RecursionError):
        return False
    return len(found) <= limit_bytes and found.count(b"[") + found.count(b"{") <= depth


class Budget:
    """Bytes that may still be kept, and whether something was cut."""

    def __init__(self, limit_bytes: int) -> None:
        self.left, self.cut = limit_bytes, False


def _bounded(value: Any, depth: int, budget: Budget) -> Any:
    if isinstance(value, str):
        return _bounded_text(value, budget)
    if isinstance(value, dict | list):
        return _bounded_container(value, depth, budget)
    budget.left -= 6
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 2**63:
        return _bounded_text(_number_text(value), budget)
    return value


def _bounded_text(value: str, budget: Budget) -> str:
    if len(value) > budget.left:
        budget.cut = True
        value = value[: max(budget.left - 1, 0)] + ELLIPSIS
    budget.left -= len(value) + 3
    return value


def _bounded_container(value: Any, depth: int, budget: Budget) -> Any:
    if depth <= 0 and value:
        budget.cut = True
        return "[…]" if isinstance(value, list) else "{…}"
    kept: list[Any] = []
    for item in value.items() if isinstance(value, dict) else value:
        if budget.left <= 0:
            budget.cut = True
            break
        if isinstance(value, dict):
            name = _bounded_text(item[0], budget)
            kept.append((name, _bounded(item[1], depth - 1, budget)))
        else:
            kept.append(_bounded(item, depth - 1, budget))
    return dict(kept) if isinstance(value, dict) else kept
