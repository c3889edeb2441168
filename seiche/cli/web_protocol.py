"""uvicorn's HTTP/1.1 with bounds that it lacks: how large a request's head may be, and how long it may take to arrive."""

import asyncio
from functools import partial

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from ingest_api.app import BODY_IS_HERE

HEAD_BYTES = 64 << 10
HEAD_SECONDS = 15.0


class BoundedProtocol(HttpToolsProtocol):
    """One connection. A head that is too large gets 431, one that never ends is cut off."""

    _head_bytes = 0
    """Of the head that is arriving; -1 while none is."""
    _head_ending = b""
    """Its last bytes so far: the empty line may come apart."""
    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Its first head is awaited from now on."""
        super().connection_made(transport)  # type: ignore[arg-type]
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is awaited any more."""
        self._head_arrived()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """Called by the parser at a request's first byte."""
        super().on_message_begin()
        self._head_bytes, self._head_ending = 0, b""

    def on_headers_complete(self) -> None:
        """Called by the parser."""
        self._head_bytes = -1
        self._head_arrived()
        super().on_headers_complete()
        if self.cycle is not None and self.cycle.scope is self.scope:  # no cycle is begun for a wish to upgrade
            self.scope[BODY_IS_HERE] = partial(_is_here, self.cycle)  # type: ignore[literal-required] # ours

    def data_received(self, data: bytes) -> None:
        """Almost always a whole head, so that neither count nor timer matters."""
        if self._head_bytes >= 0:
            if self._head_bytes + len(data) > HEAD_BYTES and self._end_of_head(data) > HEAD_BYTES:
                self._refuse_head()
                return
            self._head_bytes += len(data)
        super().data_received(data)
        if self._head_bytes < 0 or self.transport.is_closing():
            return
        self._head_ending = (self._head_ending + data)[-3:]
        if self._head_timer is None:
            self._await_head()
        if self._head_bytes > HEAD_BYTES:
            self._refuse_head()

    def _end_of_head(self, data: bytes) -> int:
        """How long the head is that ends in `data`; 0 where it does not. One read may hold a quarter of a megabyte, a body among it."""
        end = (self._head_ending + data).find(b"\r\n\r\n")
        return self._head_bytes - len(self._head_ending) + end if end >= 0 else 0

    def _refuse_head(self) -> None:
        self.transport.write(b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        self.transport.close()

    def shutdown(self) -> None:
        """Called once, when the server ends. A stream has no end of its own: its application is told that the client has gone."""
        cycle = self.cycle
        if cycle is not None and cycle.chunked_encoding and cycle.response_started and not cycle.response_complete:
            cycle.disconnected = True
            cycle.message_event.set()
            self.transport.close()
        else:
            super().shutdown()

    def _await_head(self) -> None:
        self._head_timer = self.loop.call_later(HEAD_SECONDS, self._head_is_late)

    def _head_arrived(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _head_is_late(self) -> None:
        self._head_timer = None
        if not self.transport.is_closing():
            self.transport.close()


def _is_here(cycle: RequestResponseCycle) -> bool:
    return not cycle.more_body
