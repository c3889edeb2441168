"""A multipart form -> its fields and files, bounded in number; the body itself is bounded before."""

from typing import TYPE_CHECKING

import msgspec
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from seiche.errors import InvalidInput

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

MAX_PARTS = 300
HEADER_BYTES = 8 << 10
FIELD_BYTES = 1 << 20
"""Of one field that is no file."""


class Part(msgspec.Struct, frozen=True):
    """One field or, with a file name, one file."""

    name: str
    filename: str | None
    content_type: str
    data: bytes | memoryview
    """Of a file a view of the body: none is copied."""


class _Collector:
    """The parser's callbacks."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.ended = False
        self._header_name, self._header_value = bytearray(), bytearray()
        self._headers: dict[bytes, bytes] = {}
        self._data: bytes | memoryview = b""
        self._is_file = False

    def callbacks(self) -> "MultipartCallbacks":
        return {
            "on_part_begin": self._begin,
            "on_header_field": lambda data, start, end: self._header(self._header_name, data, start, end),
            "on_header_value": lambda data, start, end: self._header(self._header_value, data, start, end),
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_end,
            "on_part_data": self._more,
            "on_part_end": self._end,
            "on_end": self._finish,
        }

    def _begin(self) -> None:
        if len(self.parts) == MAX_PARTS:
            raise _broken(f"it has more than {MAX_PARTS} parts", reason="too_many_items")
        self._headers, self._data = {}, b""

    def _header(self, into: bytearray, data: bytes, start: int, end: int) -> None:
        into += data[start:end]
        if len(into) > HEADER_BYTES:
            raise _broken("a header is too long")

    def _header_end(self) -> None:
        self._headers[bytes(self._header_name).lower()] = bytes(self._header_value)
        self._header_name, self._header_value = bytearray(), bytearray()

    def _headers_end(self) -> None:
        self._is_file = b"filename" in self._disposition()

    def _more(self, data: bytes, start: int, end: int) -> None:
        # The body is parsed in one piece, so a part comes in one; the parser might say otherwise one day.
        more = memoryview(data)[start:end]
        self._data = b"".join((self._data, more)) if self._data else more
        if self._is_file:
            return
        if len(self._data) > FIELD_BYTES:
            raise _broken(f"a field that is no file is larger than {FIELD_BYTES} bytes", reason="too_large")
        self._data = bytes(self._data)

    def _end(self) -> None:
        options = self._disposition()
        if b"name" not in options:
            raise _broken("a part has no name")
        filename = options.get(b"filename")
        self.parts.append(
            Part(
                name=options[b"name"].decode("utf-8", "replace"),
                filename=None if filename is None else filename.decode("utf-8", "replace"),
                content_type=self._headers.get(b"content-type", b"").decode("latin-1"),
                data=self._data,
            )
        )

    def _finish(self) -> None:
        self.ended = True

    def _disposition(self) -> dict[bytes, bytes]:
        return parse_options_header(self._headers.get(b"content-disposition", b""))[1]


def parts(raw: bytes, content_type: str) -> list[Part]:
    """Every part, in order. Raises `InvalidInput`: `invalid_multipart`, `too_many_items`, `too_large`, `unsupported_media_type`."""
    kind, options = parse_options_header(content_type)
    if kind != b"multipart/form-data" or b"boundary" not in options:
        raise InvalidInput("the content type is not multipart/form-data with a boundary", reason="unsupported_media_type")
    found = _Collector()
    try:
        parser = MultipartParser(options[b"boundary"], found.callbacks())
        parser.write(raw)
        parser.finalize()
    except (FormParserError, ValueError) as error:
        raise _broken(str(error)) from error
    if not found.ended:
        raise _broken("it is cut off")
    return found.parts


def _broken(what: str, *, reason: str = "invalid_multipart") -> InvalidInput:
    return InvalidInput(f"the form cannot be read: {what}", reason=reason)
