"""How deep JSON is nested, without recursion: later stages walk an event with the interpreter's stack.

Everything is done by whole-buffer primitives written in C; a loop of Python over the characters would cost milliseconds.
"""

_NOT_BRACKETS = bytes(set(range(256)) - set(b'{}[]"'))
_ALIKE = bytes.maketrans(b"[]", b"{}")


def deeper_than(raw: bytes, limit: int) -> bool:
    """Whether objects and lists of the JSON document `raw` (valid: nothing else is asked) stand more than `limit` deep in one another."""
    if len(raw) <= 2 * limit:
        return False  # a level takes two bytes
    if b"\\" in raw:
        raw = raw.replace(b"\\\\", b"").replace(b'\\"', b"")
    # What is left are brackets and the ends of strings; taking away two quotes that touch moves no bracket in or out of a string.
    left = raw.translate(_ALIKE, _NOT_BRACKETS).replace(b'""', b"")
    if b'"' in left:
        left = b"".join(left.split(b'"')[::2])
    for _ in range(limit):
        if not left:
            return False
        left = left.replace(b"{}", b"")  # the innermost level, everywhere at once
    return bool(left)
