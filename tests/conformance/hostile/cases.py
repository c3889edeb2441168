"""What no SDK sends, each by name with the answer that it must get. `docs/hostile-input.md` is this table for people."""

import base64
import gzip
import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

import brotli
import zstandard

MINUS_ONE = (1 << 64) - 1
MIB = 1 << 20


@dataclass(frozen=True)
class Case:
    """One request. `status` 0: the connection may also be closed without an answer."""

    name: str
    group: str
    body: Callable[[], bytes]
    status: int
    reason: str = ""
    """As the accounts and the answer name it; "" where no event is refused."""
    endpoint: str = "envelope"
    headers: tuple[str, ...] = ()

    @property
    def stored(self) -> bool:
        """Whether it must be found in the log."""
        return self.status == 200


def framed(payload: bytes) -> bytes:
    """An envelope with one event."""
    return b'{}\n{"type":"event","length":%d}\n%s\n' % (len(payload), payload)


def _framing() -> Iterator[Case]:
    bad = {
        "an empty body": b"",
        "newlines only": b"\n\n\n\n",
        "text instead of a header": b"hello",
        "a list as header": b"[]\n",
        "binary": bytes(range(256)) * 20,
        "invalid UTF-8 in the header": b'{"dsn":"\xff\xfe"}\n{"type":"event"}\n{}',
        "an item header without type": b'{}\n{"length":2}\n{}',
        "a type that is a number": b'{}\n{"type":7}\n{}',
        "a type of 10,000 characters": b'{}\n{"type":"' + b"x" * 10_000 + b'"}\n{}',
        "a negative length": b'{}\n{"type":"event","length":-1}\n{}',
        "a length beyond the end": b'{}\n{"type":"event","length":9999}\n{}',
        "a length of 2^64-1": b'{}\n{"type":"event","length":%d}\n{}' % MINUS_ONE,
        "a length that is text": b'{}\n{"type":"event","length":"2"}\n{}',
        "a length that is true": b'{}\n{"type":"event","length":true}\n{}',
        "a length that is a fraction": b'{}\n{"type":"event","length":2.5}\n{}',
        "a length too short": b'{}\n{"type":"event","length":1}\n{}',
        "a header nested 60,000 deep": b'{"a":' + b"[" * 60_000,
        "a header of 100 kB": b'{"a":"' + b"x" * 100_000 + b'"}\n',
        "a second item that is broken": b'{}\n{"type":"event","length":2}\n{}\n{"type":',
    }
    for name, body in bad.items():
        yield Case(name, "framing", lambda body=body: body, 400, "invalid_envelope")
    yield Case("an id that is a path", "framing", lambda: b'{"event_id":"../../etc/passwd"}\n{"type":"event"}\n{}', 400, "invalid_event_id")
    yield Case("2,000 items", "framing", lambda: b"{}\n" + b'{"type":"x","length":0}\n\n' * 2000, 413, "too_many_items")
    yield Case("carriage returns", "framing", lambda: b'{}\r\n{"type":"event"}\r\n{}\r\n', 200)
    yield Case("items of unknown types beside an event", "framing", lambda: b'{}\n{"type":"x\\u0000"}\nz\n{"type":"event"}\n{}\n', 200)


@cache
def zeros(megabytes: int) -> bytes:
    return b"0" * (megabytes * MIB)


def _encodings() -> Iterator[Case]:
    good = framed(b'{"message":"' + bytes(range(97, 122)) * 200 + b'"}')
    pack: dict[str, Callable[[bytes], bytes]] = {
        "gzip": gzip.compress,
        "deflate": zlib.compress,
        "br": lambda raw: brotli.compress(raw, quality=1),
        "zstd": zstandard.ZstdCompressor().compress,
    }
    for encoding, packer in pack.items():
        sent = (f"Content-Encoding: {encoding}",)
        yield Case(f"{encoding} cut off", "encoding", lambda p=packer: p(good)[:-9], 400, "invalid_compression", headers=sent)
        yield Case(
            f"{encoding} followed by other bytes", "encoding", lambda p=packer: p(good) + b"tail", 400, "invalid_compression", headers=sent
        )
        yield Case(f"{encoding} that is none", "encoding", lambda: good, 400, "invalid_compression", headers=sent)
        yield Case(f"a {encoding} bomb of 256 MB", "encoding", lambda p=packer: p(zeros(256)), 413, "too_large", headers=sent)
        yield Case(f"{encoding} packed twice", "encoding", lambda p=packer: p(p(good)), 400, "invalid_envelope", headers=sent)
    window = zstandard.ZstdCompressionParameters(window_log=27, enable_ldm=True)
    yield Case(
        "zstd that asks for a window of 128 MB",
        "encoding",
        lambda: zstandard.ZstdCompressor(compression_params=window).compressobj().compress(zeros(129)) + b"",
        400,
        "invalid_compression",
        headers=("Content-Encoding: zstd",),
    )
    yield Case(
        "gzip of 5,000 members",
        "encoding",
        lambda: gzip.compress(b"x") * 5000,
        400,
        "invalid_compression",
        headers=("Content-Encoding: gzip",),
    )
    yield Case("an unknown encoding", "encoding", lambda: good, 415, "unsupported_encoding", headers=("Content-Encoding: rot13",))
    yield Case("several encodings", "encoding", lambda: good, 415, "unsupported_encoding", headers=("Content-Encoding: gzip, br",))
    yield Case("a bomb inside base64", "encoding", lambda: base64.b64encode(zlib.compress(zeros(256))), 413, "too_large", endpoint="store")
    yield Case("base64 of nonsense", "encoding", lambda: base64.b64encode(b"nonsense" * 9), 400, "invalid_json", endpoint="store")
    yield Case("a form whose escapes are broken", "encoding", lambda: b"sentry_data=%zz%", 400, "invalid_json", endpoint="store")
    yield Case("a body of 21 MB", "encoding", lambda: zeros(21), 413, "too_large")


def _no_events() -> Iterator[Case]:
    bad = {
        "cut off JSON": (b'{"message":', "invalid_json"),
        "a list": (b"[1,2]", "invalid_json"),
        "a number": (b"17", "invalid_json"),
        "nothing": (b"", "invalid_json"),
        "text after the end": (b"{} {}", "invalid_json"),
        "a lone NUL": (b"\x00", "invalid_json"),
        "a byte order mark": (b"\xef\xbb\xbf{}", "invalid_json"),
        "UTF-16": ('{"message":"x"}'.encode("utf-16"), "invalid_utf8"),
        "invalid UTF-8": (b'{"message":"\xff\xfe\xfd"}', "invalid_utf8"),
        "invalid UTF-8 in a skipped value": (b'{"extra":{"a":"\xc3\x28"}}', "invalid_utf8"),
        "overlong UTF-8": (b'{"a":"\xc0\xaf"}', "invalid_utf8"),
        "a surrogate as UTF-8": (b'{"a":"\xed\xa0\x80"}', "invalid_utf8"),
        "nested 100,000 deep": (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "too_deep"),
        "lists nested 200,000 deep": (b'{"a":' + b"[" * 200_000 + b"]" * 200_000 + b"}", "too_deep"),
        "nested 129 deep": (b'{"a":' * 129 + b"1" + b"}" * 129, "too_deep"),
        "an id that is an object": (b'{"event_id":{"a":1}}', "invalid_event_id"),
        "an id of 5,000 digits": (b'{"event_id":"' + b"a" * 5000 + b'"}', "invalid_event_id"),
        "an id that climbs": (b'{"event_id":"../../../../../../../../etc/pa"}', "invalid_event_id"),
    }
    for name, (body, reason) in bad.items():
        yield Case(f"an event: {name}", "event", lambda body=body: framed(body), 400, reason)
    yield Case("an event of 1.1 MB", "event", lambda: framed(b'{"message":"' + b"x" * (MIB + 99) + b'"}'), 413, "too_large")


FIELDS = (
    "timestamp",
    "platform",
    "level",
    "logger",
    "transaction",
    "server_name",
    "release",
    "dist",
    "environment",
    "message",
    "logentry",
    "tags",
    "user",
    "fingerprint",
    "sdk",
    "exception",
    "threads",
    "stacktrace",
    "breadcrumbs",
    "request",
    "contexts",
    "extra",
    "modules",
    "debug_meta",
    "errors",
    "type",
    "culprit",
    "sentry.interfaces.Exception",
    "sentry.interfaces.Http",
)
WRONG = {
    "true": True,
    "a number": -1e300,
    "text": "x" * 300,
    "a list of lists": [[[]], [1], ["a", "b"]],
    "an object": {"values": {"values": 7}, "frames": 1},
    "a list of nonsense": [None, 7, "x", {"values": [None]}, {"stacktrace": {"frames": [7, None, {"lineno": {}}]}}],
    "null": None,
}
SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'`${7*7}{{7*7}}${jndi:ldap://127.0.0.1/a}"
SQL = "'; DROP TABLE issues; --"


def everywhere(value: str) -> dict[str, object]:
    """One text in every place that holds text."""
    frame = dict.fromkeys(("function", "module", "filename", "abs_path", "context_line", "package", "platform"), value)
    frame |= {"vars": {value: value}, "pre_context": [value], "post_context": [value]}
    return {
        "message": value,
        "logger": value,
        "transaction": value,
        "server_name": value,
        "release": value,
        "environment": value,
        "dist": value,
        "tags": {value: value},
        "user": {"id": value, "email": value, "username": value, "ip_address": value, value: value},
        "exception": {
            "values": [
                {
                    "type": value,
                    "value": value,
                    "module": value,
                    "mechanism": {"type": value, "help_link": f"javascript:{value}"},
                    "stacktrace": {"frames": [frame]},
                }
            ]
        },
        "breadcrumbs": [{"message": value, "category": value, "data": {value: value}, "type": value, "level": value}],
        "request": {
            "url": f"javascript:{value}",
            "headers": {value: value},
            "data": value,
            "cookies": {value: value},
            "env": {"REMOTE_ADDR": value},
        },
        "contexts": {value: {value: value}},
        "extra": {value: value},
        "modules": {value: value},
        "fingerprint": [value],
        "platform": value,
        "level": value,
        "sdk": {"name": value, "version": value},
    }


def _odd_events() -> Iterator[Case]:
    """What must be taken: strange, and an event all the same."""
    odd: dict[str, Callable[[], bytes]] = {
        "NUL in every text": lambda: json.dumps(everywhere("a\0b")).encode(),
        "lone surrogates in every text": lambda: json.dumps(everywhere("a\ud800b\udfff")).encode(),
        "scripts in every text": lambda: json.dumps(everywhere(SCRIPT)).encode(),
        "SQL in every text": lambda: json.dumps(everywhere(SQL)).encode(),
        "paths in every text": lambda: json.dumps(everywhere("../../../etc/passwd")).encode(),
        "text from right to left and control characters": lambda: json.dumps(
            everywhere("\u202e\u0007\x1b[31m\u2028\r\n\U0001f4a9")
        ).encode(),
        "NaN and infinities": lambda: b'{"extra":{"a":NaN,"b":-Infinity,"c":1e999},"timestamp":NaN}',
        "an integer of 400 digits": lambda: b'{"extra":{"a":' + b"9" * 400 + b'},"user":{"id":' + b"9" * 400 + b"}}",
        "an integer of 100,000 digits": lambda: b'{"extra":{"a":' + b"9" * 100_000 + b"}}",
        "50,000 tags": lambda: json.dumps({"tags": {f"t{n}": "v" for n in range(50_000)}}).encode(),
        "5,000 frames with their source": lambda: _frames(5_000, context_line="x" * 100),
        "40,000 frames": lambda: _frames(40_000),
        "20,000 breadcrumbs": lambda: json.dumps({"breadcrumbs": [{"message": f"m{n}"} for n in range(20_000)]}).encode(),
        "a chain of 10,000 exceptions": lambda: json.dumps(
            {"exception": [{"type": "E", "value": f"v{n}"} for n in range(10_000)]}
        ).encode(),
        "a tree of exceptions that holds itself": lambda: json.dumps(
            {"exception": [{"type": "E", "mechanism": {"exception_id": n, "parent_id": 1 - n, "is_exception_group": True}} for n in (0, 1)]}
        ).encode(),
        "20,000 parts of a fingerprint": lambda: json.dumps({"fingerprint": ["{{ default }}"] * 20_000}).encode(),
        "a key of 900 kB": lambda: json.dumps({"extra": {"k" * 900_000: 1}, "tags": {"k" * 90_000: 1}}).encode(),
        "the same key 50,000 times": lambda: b'{"extra":{' + b",".join(b'"a":%d' % n for n in range(50_000)) + b"}}",
        "nested 100 deep": lambda: b'{"extra":' + b'{"a":' * 100 + b"1" + b"}" * 100 + b"}",
        "a template that asks for a gigabyte": lambda: json.dumps(
            {"logentry": {"message": "%999999999d {:>99999999}", "params": [7, 8]}}
        ).encode(),
        "a message made for regular expressions": lambda: json.dumps({"message": "a" * 400_000 + "!", "culprit": "(" * 90_000}).encode(),
        "a message of digits, dashes and colons": lambda: json.dumps({"message": "1-2:3.4e5_" * 60_000}).encode(),
        "a value that looks like JSON in JSON": lambda: json.dumps({"extra": {"a": json.dumps({"password": "\\" * 50_000})}}).encode(),
        "secrets in 10,000 places": lambda: json.dumps({"extra": {f"password{n}": "hunter2" for n in range(10_000)}}).encode(),
        "times that are none": lambda: b'{"timestamp":"9999-99-99T99:99:99Z","breadcrumbs":[{"timestamp":-1e300},{"timestamp":"now"}]}',
        "a time before the epoch": lambda: b'{"timestamp":-62135596800}',
        "an empty object": lambda: b"{}",
    }
    for name, body in odd.items():
        yield Case(name, "odd", lambda body=body: framed(body()), 200)
    for name, value in WRONG.items():
        yield Case(f"{name} in every field", "odd", lambda value=value: framed(json.dumps(dict.fromkeys(FIELDS, value)).encode()), 200)


def _frames(count: int, **more: str) -> bytes:
    frames = [{"function": f"f{n}", **more} for n in range(count)]
    return json.dumps({"exception": [{"type": "E", "stacktrace": {"frames": frames}}]}).encode()


def _batches() -> Iterator[Case]:
    bad = {
        "nested 100,000 deep": (b'{"events":' + b"[" * 100_000, 400, "invalid_json"),
        "500,000 numbers": (b'{"events":[' + b"0," * 500_000 + b"0]}", 413, "too_many_events"),
        "an object of events": (b'{"events":{}}', 400, "invalid_json"),
        "no event": (b'{"events":[]}', 400, "empty_batch"),
        "invalid UTF-8": (b'{"events":[{"a":"\xff"}]}', 400, "invalid_utf8"),
    }
    for name, (body, status, reason) in bad.items():
        yield Case(f"a batch: {name}", "batch", lambda body=body: body, status, reason, endpoint="events")


CASES: tuple[Case, ...] = (*_framing(), *_encodings(), *_no_events(), *_odd_events(), *_batches())
