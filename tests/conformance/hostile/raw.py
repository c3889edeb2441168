"""What is no HTTP, or HTTP made to be read in two ways; over a raw socket, with the answers that it must get."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

Address = dict[str, str]
"""`path` and `auth` of a good request: its key's header line."""
EVENT = b'{}\n{"type":"event"}\n{"message":"smuggled"}\n'


@dataclass(frozen=True)
class RawCase:
    """`statuses`: of all answers that come until the server closes or falls silent; () where it only closes."""

    name: str
    request: Callable[[Address], bytes]
    statuses: tuple[int, ...]
    stored: int = 0
    """How many events must be in the log afterwards."""


def head(to: Address, *lines: str, method: str = "POST", path: str = "", version: str = "HTTP/1.1", auth: str | None = None) -> bytes:
    """A request's head; latin-1, so that lines may hold any byte."""
    found = [f"{method} {path or to['path']} {version}", "Host: 127.0.0.1", to["auth"] if auth is None else auth, *lines]
    return ("\r\n".join(filter(None, found)) + "\r\n\r\n").encode("latin-1")


def good(to: Address) -> bytes:
    return head(to, f"Content-Length: {len(EVENT)}") + EVENT


def _smuggling() -> Iterator[RawCase]:
    def two(*lines: str, body: bytes = b"0\r\n\r\n") -> Callable[[Address], bytes]:
        return lambda to: head(to, *lines) + body + good(to)

    yield RawCase("a length and chunks", two("Content-Length: 4", "Transfer-Encoding: chunked"), (400,))
    yield RawCase("chunks and a length", two("Transfer-Encoding: chunked", "Content-Length: 4"), (400,))
    yield RawCase("two lengths that differ", two("Content-Length: 2", "Content-Length: 3", body=b"{}"), (400,))
    yield RawCase("two lengths in one line", two("Content-Length: 2, 2", body=b"{}"), (400,))
    yield RawCase("a length with a sign", two("Content-Length: +2", body=b"{}"), (400,))
    yield RawCase("a negative Content-Length", two("Content-Length: -2", body=b"{}"), (400,))
    yield RawCase("a hexadecimal length", two("Content-Length: 0x2", body=b"{}"), (400,))
    yield RawCase("a length of 40 digits", two("Content-Length: " + "9" * 40, body=b"{}"), (400,))
    yield RawCase("a Content-Length that is text", two("Content-Length: two", body=b"{}"), (400,))
    yield RawCase("a space before the colon", two("Content-Length : 2", body=b"{}"), (400,))
    yield RawCase("a folded header", two("X-A: b\r\n Content-Length: 2", body=b""), (400,))
    yield RawCase("a header without a colon", two("Nonsense", body=b""), (400,))
    yield RawCase("NUL in a header", two("X-A: b\0c", body=b""), (400,))
    yield RawCase("a lone carriage return in a header", two("X-A: b\rContent-Length: 2", body=b""), (400,))
    yield RawCase("chunked as the first of two encodings", two("Transfer-Encoding: chunked, identity"), (400,))
    yield RawCase("an encoding that only looks like chunked", two("Transfer-Encoding: xchunked"), (400,))
    yield RawCase("a chunk size that is none", two("Transfer-Encoding: chunked", body=b"zz\r\nxx\r\n0\r\n\r\n"), (400,))
    yield RawCase("a negative chunk size", two("Transfer-Encoding: chunked", body=b"-1\r\nxx\r\n0\r\n\r\n"), (400,))
    yield RawCase("a chunk size of 2^64", two("Transfer-Encoding: chunked", body=b"1" + b"0" * 16 + b"\r\nxx\r\n"), (400,))
    yield RawCase("a chunk longer than its size", two("Transfer-Encoding: chunked", body=b"2\r\nxxxx\r\n0\r\n\r\n"), (400,))
    yield RawCase(
        "a second request in a GET's body", lambda to: head(to, "Content-Length: 5", method="GET") + b"GET /" + good(to), (405, 200), 1
    )


def _no_http() -> Iterator[RawCase]:
    yield RawCase("bytes", lambda _: b"\x00\x01\x02\r\n\r\n", (400,))
    yield RawCase("TLS", lambda _: bytes.fromhex("16030100c8010000c40303") + b"x" * 200, (400,))
    yield RawCase("HTTP/2 without asking", lambda _: b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", (400,))
    yield RawCase("a version that is none", lambda to: head(to, version="HTTP/9.9"), (400,))
    yield RawCase("HTTP/0.9", lambda to: f"POST {to['path']}\r\n\r\n".encode(), (401,))  # without headers, so without a key
    yield RawCase("a method that is none", lambda to: head(to, method="P\0ST"), (400,))
    yield RawCase("a method of 10,000 letters", lambda to: head(to, method="P" * 10_000), (400,))
    yield RawCase("a path of 100 kB", lambda to: head(to, path="/" + "x" * 100_000), (431,))
    yield RawCase("an HTTP header of 100 kB", lambda to: head(to, "X-A: " + "x" * 100_000), (431,))
    yield RawCase("20,000 headers", lambda to: head(to, *[f"X-{n}: y" for n in range(20_000)]), (431,))
    yield RawCase("no host", lambda to: good(to).replace(b"Host: 127.0.0.1\r\n", b""), (200,), 1)
    yield RawCase("a whole address as path", lambda to: good(to).replace(b"POST /", b"POST http://127.0.0.1/", 1), (200,), 1)
    yield RawCase("a path that climbs", lambda to: head(to, "Content-Length: 0", path="/api/../../etc/passwd"), (404,))
    yield RawCase("a path with NUL", lambda to: head(to, "Content-Length: 0", path="/api/%00/envelope/"), (404,))


def _keys() -> Iterator[RawCase]:
    def keyed(auth: str, path: str = "") -> Callable[[Address], bytes]:
        return lambda to: head(to, f"Content-Length: {len(EVENT)}", auth=auth, path=path) + EVENT

    yield RawCase("no key", keyed(""), (401,))
    yield RawCase("a key that nobody has", keyed("X-Sentry-Auth: Sentry sentry_key=" + "0" * 32), (403,))
    yield RawCase("a key that is SQL", keyed("X-Sentry-Auth: Sentry sentry_key=' OR 1=1 --"), (400,))
    yield RawCase("a key of 10,000 characters", keyed("X-Sentry-Auth: Sentry sentry_key=" + "a" * 10_000), (400,))
    yield RawCase("a key's header that is no text", keyed("X-Sentry-Auth: \xff\xfe\xfd"), (401,))
    yield RawCase("a project that is a path", lambda to: head(to, "Content-Length: 0", path="/api/%2e%2e/envelope/"), (404,))
    yield RawCase("a project that is no number", lambda to: head(to, "Content-Length: 0", path="/api/1e3/envelope/"), (404,))
    yield RawCase("a project of 400 digits", lambda to: head(to, "Content-Length: 0", path=f"/api/{'9' * 400}/envelope/"), (404,))
    yield RawCase("another project's key", lambda to: head(to, f"Content-Length: {len(EVENT)}", path="/api/999/envelope/") + EVENT, (403,))


RAW_CASES: tuple[RawCase, ...] = (*_smuggling(), *_no_http(), *_keys())
