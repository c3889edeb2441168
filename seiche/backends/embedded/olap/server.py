"""ClickHouse's HTTP interface on loopback: a thread a connection, bounded queries, errors as a server sends them."""

import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from seiche.backends.embedded.olap.auth import Credentials
from seiche.backends.embedded.olap.body import read_body
from seiche.backends.embedded.olap.engine import Engine
from seiche.backends.embedded.olap.execute import Answer, Execution, QueryFailed
from seiche.backends.embedded.olap.gate import Gate
from seiche.backends.embedded.olap.request import OlapRequest, parse
from seiche.errors import InvalidInput, StoreUnavailable

AUTHENTICATION_FAILED = "516"
TOO_MANY_SIMULTANEOUS_QUERIES = "202"
BAD_ARGUMENTS = "36"
CONNECTIONS = 128
IDLE_SECONDS = 120.0


class OlapServer(ThreadingHTTPServer):
    """Owns the engine's door, not the engine."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], engine: Engine, credentials: Credentials, gate: Gate) -> None:
        super().__init__(address, Handler)
        self.engine, self.credentials, self.gate = engine, credentials, gate
        self._connections = threading.BoundedSemaphore(CONNECTIONS)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Past the bound a connection is closed at once: clients retry, memory stays flat."""
        if not self._connections.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._connections.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no error of ours; anything else is shown."""
        import sys

        if not isinstance(sys.exc_info()[1], (ConnectionError, TimeoutError)):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """One connection. Nagle is off and writes are buffered: without both, delayed ACKs cap it at 20 queries a second."""

    server: OlapServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 1 << 16
    timeout = IDLE_SECONDS

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Access lines would drown the log."""

    def do_GET(self) -> None:
        """Queries in the URL, and /ping."""
        self._handle()

    def do_POST(self) -> None:
        """Queries and data in the body."""
        self._handle()

    def _handle(self) -> None:
        url = urlsplit(self.path)
        if url.path in {"/ping", "/replicas_status"} or (url.path == "/" and not url.query and self.command == "GET"):
            self._reply(200, b"Ok.\n")
            return
        if not self.server.credentials.admit(self.headers, url.query):  # type: ignore[arg-type] # Message reads like a Mapping
            self.close_connection = True  # the body stays unread: bytes of a stranger are not worth memory
            self._refuse(403, AUTHENTICATION_FAILED, "DB::Exception: wrong user or password. (AUTHENTICATION_FAILED)")
            return
        try:
            body = read_body(self.rfile, self.headers)  # type: ignore[arg-type] # as above
            request = parse(url.query, self.headers, body)  # type: ignore[arg-type] # as above
        except InvalidInput as error:
            self.close_connection = True
            self._refuse(413 if error.reason == "too_large" else 400, BAD_ARGUMENTS, f"DB::Exception: {error}. (BAD_ARGUMENTS)")
            return
        try:
            with self.server.gate.turn():
                self._answer(request)
        except StoreUnavailable as error:
            self._refuse(
                503, TOO_MANY_SIMULTANEOUS_QUERIES, f"DB::Exception: {error}. (TOO_MANY_SIMULTANEOUS_QUERIES)", ("Retry-After", "1")
            )

    def _answer(self, request: OlapRequest) -> None:
        execution = Execution(self.server.engine)
        try:
            try:
                answer = execution.run(request)
            except QueryFailed as error:
                self._refuse(404 if error.code in {"60", "81"} else 500, error.code, str(error))
                return
            headers = [
                ("X-ClickHouse-Query-Id", request.query_id or str(uuid.uuid4())),
                ("X-ClickHouse-Server-Display-Name", "seiche-olap"),
                ("X-ClickHouse-Timezone", self.server.engine.timezone),
                ("X-ClickHouse-Format", request.format),
                ("X-ClickHouse-Summary", answer.summary.decode()),
            ]
            if answer.chunks is None:
                self._reply(200, answer.body, *headers)
            else:
                self._stream(answer, headers)
        finally:
            execution.close()

    def _stream(self, answer: Answer, headers: list[tuple[str, str]]) -> None:
        self.send_response(200)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            for chunk in answer.chunks or ():
                if chunk:
                    self._send_chunk(chunk)
        except QueryFailed as error:
            # As a server does: the text ends the body and the connection, without the last chunk, so no client takes it for complete.
            self._send_chunk(f"\r\n{error}".encode())
            self.close_connection = True
            return
        self.wfile.write(b"0\r\n\r\n")

    def _send_chunk(self, chunk: bytes) -> None:
        self.wfile.write(b"%x\r\n" % len(chunk) + chunk + b"\r\n")
        self.wfile.flush()

    def _refuse(self, status: int, code: str, text: str, *headers: tuple[str, str]) -> None:
        body = text if text.startswith("Code:") else f"Code: {code}. {text}"
        self._reply(status, body.encode() + b"\n", ("X-ClickHouse-Exception-Code", code), *headers)

    def _reply(self, status: int, body: bytes, *headers: tuple[str, str]) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
