"""Runs one `OlapRequest` on a connection of its own."""

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import msgspec

from seiche.backends.embedded.olap.engine import Engine
from seiche.backends.embedded.olap.request import OlapRequest

_CODE = re.compile(r"Code:\s*(\d+)")
_WRAPPING = re.compile(r"^(?:Error code:[^\n]*|Streaming \w+(?: \w+)? failed:\s*)")
STD_EXCEPTION = "1001"
"""What ClickHouse calls an error without a code of its own."""


class QueryFailed(Exception):  # noqa: N818 - it is ClickHouse's word for it
    """The engine refused or broke off a query; `code` is ClickHouse's."""

    def __init__(self, error: Exception) -> None:
        text = _WRAPPING.sub("", str(error)).strip()
        super().__init__(text)
        found = _CODE.search(text)
        self.code = found[1] if found else STD_EXCEPTION


class Answer(msgspec.Struct):
    """A result: `body` whole, or `chunks` to be sent as they come."""

    body: bytes = b""
    chunks: "Iterator[bytes] | None" = None
    read_rows: int = 0
    written_rows: int = 0
    elapsed_seconds: float = 0.0

    @property
    def summary(self) -> bytes:
        """X-ClickHouse-Summary: numbers as text, as a server writes them."""
        return msgspec.json.encode(
            {
                "read_rows": str(self.read_rows),
                "written_rows": str(self.written_rows),
                "elapsed_ns": str(int(self.elapsed_seconds * 1e9)),
            }
        )


class Execution:
    """A connection for one request; close it when the answer has been sent."""

    def __init__(self, engine: Engine) -> None:
        self._connection = engine.connect()
        self._stream: Any = None

    def run(self, request: OlapRequest) -> Answer:
        """Raises `QueryFailed`."""
        try:
            if request.database:
                self._connection.query(f"USE {_identifier(request.database)}")
            for name, value in request.settings.items():
                self._connection.query(f"SET {name} = {_literal(value)}")
            if request.data is not None:
                return self._insert(request)
            return self._streamed(request) if request.streamed else self._whole(request)
        except Exception as error:  # chDB raises RuntimeError, ChdbError and more; all carry ClickHouse's text
            raise QueryFailed(error) from error

    def _insert(self, request: OlapRequest) -> Answer:
        with self._connection.send_insert(request.sql, request.format) as inserter:
            if request.data:
                inserter.append(request.data)
            result = inserter.finish()
        return Answer(written_rows=result.rows_written, elapsed_seconds=result.elapsed)

    def _whole(self, request: OlapRequest) -> Answer:
        result = self._connection.query(request.sql, request.format, params=request.params or None)
        return Answer(
            body=bytes(result.bytes() or b""),
            read_rows=result.storage_rows_read(),
            written_rows=result.rows_written(),
            elapsed_seconds=result.elapsed(),
        )

    def _streamed(self, request: OlapRequest) -> Answer:
        """The first chunk is fetched here, so that an error before it is a proper error; no chunk: the whole empty answer."""
        self._stream = self._connection.send_query(request.sql, request.format, params=request.params or None)
        first = self._stream.fetch()
        if first is None:
            self._stream = None
            return self._whole(request)
        return Answer(chunks=self._chunks(first))

    def _chunks(self, first: Any) -> Iterator[bytes]:
        chunk = first
        while chunk is not None:
            yield bytes(chunk.bytes())
            try:
                chunk = self._stream.fetch()
            except Exception as error:  # as in `run`
                raise QueryFailed(error) from error

    def close(self) -> None:
        """Cancel what still runs, and give the connection back."""
        if self._stream is not None:
            with suppress(Exception):  # cancelling a stream that ended by itself is an error to chDB, and none to us
                self._stream.close()
        self._connection.close()


def _identifier(name: str) -> str:
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"


def _literal(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
