"""The load client: prepared envelopes over keep-alive sockets to a loopback address, bounded in count and time, in its own process.

Open loop (`--rate`): each event has a time at which it is due, and its latency counts from then, so a slow server cannot hide.
Closed loop (no rate): every connection sends its next event as soon as the last was answered.
"""

import argparse
import asyncio
import ipaddress
import itertools
import json
import os
import resource
import shlex
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Self
from urllib.parse import urlsplit

import msgspec

from bench import corpus

RETRY_SECONDS = 0.05


class Sent(msgspec.Struct, array_like=True):
    """What became of one event: `status` is 0 where the connection broke before an answer, so that nobody knows."""

    event_id: str
    status: int
    due: float
    """Wall clock, seconds since the epoch."""
    answered: float
    novel: str = ""


class LoadReport(msgspec.Struct):
    """What a run did."""

    sent: list[Sent]
    seconds: float
    cpu_seconds: float
    """Of the load process, while it sent; it is never part of the product's figures."""
    unsent: int
    """Prepared, and not sent before the time was over."""


class Prepared(msgspec.Struct):
    """A request, ready to write."""

    event_id: str
    request: bytes
    novel: str = ""


def prepare(dsn: str, count: int, *, seed: int = 1, novel_every: int = 0, distinct: int = corpus.EVENTS) -> list[Prepared]:
    """`count` requests with fresh event ids, in the corpus's order; each `novel_every`-th is an issue never seen."""
    parts = urlsplit(dsn)
    payloads = corpus.payloads(seed=seed)[:distinct]
    with_stack = [payload for payload in payloads if b'"exception"' in payload]
    ready = []
    for number in range(count):
        novel = f"Novel{seed:x}x{time.time_ns():x}Error" if novel_every and number % novel_every == 0 else ""
        source = with_stack[number % len(with_stack)] if novel else payloads[number % len(payloads)]
        event_id, body = corpus.envelope(source, novel=novel)
        head = (
            f"POST /api{parts.path}/envelope/ HTTP/1.1\r\nHost: {parts.hostname}:{parts.port}\r\n"
            f"X-Sentry-Auth: Sentry sentry_version=7, sentry_client=seiche-bench/1, sentry_key={parts.username}\r\n"
            f"Content-Type: application/x-sentry-envelope\r\nContent-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        ready.append(Prepared(event_id, head.encode() + body, novel))
    return ready


async def send(  # a run's options
    dsn: str,
    prepared: Sequence[Prepared],
    *,
    rate: float = 0,
    connections: int = 32,
    seconds: float = 60,
    repeat_broken: bool = False,
    around: bool = False,
) -> LoadReport:
    """Send all of `prepared`, or what `seconds` allow; `around` and around until then, for who accepts does not look at what came before.

    `repeat_broken`: as some clients do, send again what was never answered.
    """
    parts = urlsplit(dsn)
    host, port = parts.hostname or "", parts.port or 80
    if not ipaddress.ip_address(host).is_loopback:
        raise SystemExit(f"the load client only speaks to this machine, not to {host}: start a product here and give its DSN")
    sent: list[Sent] = []
    started, cpu = time.time(), _cpu_seconds()
    deadline = started + seconds
    due = enumerate(itertools.cycle(prepared) if around else prepared)

    async def worker() -> None:
        async with _Connection(host, port) as connection:
            for number, event in due:
                # Due when the schedule says, however late a connection is free for it.
                at = started + number / rate if rate else time.time()
                if at > deadline:
                    return
                if (wait := at - time.time()) > 0:
                    await asyncio.sleep(wait)
                status = await connection.request(event.request, deadline)
                while status == 0 and repeat_broken and time.time() < deadline:
                    status = await connection.request(event.request, deadline)
                sent.append(Sent(event.event_id, status, at, time.time(), event.novel))

    await asyncio.gather(*(worker() for _ in range(connections)))
    return LoadReport(sent, time.time() - started, _cpu_seconds() - cpu, max(0, len(prepared) - len(sent)))


class _Connection:
    """One keep-alive socket, made again after every break."""

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port
        self.streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._close()

    async def request(self, request: bytes, deadline: float) -> int:
        """Answer the status; 0 where the connection broke after the request was begun, or time ran out."""
        while self.streams is None:
            try:
                self.streams = await asyncio.open_connection(self.host, self.port)
            except OSError:
                if time.time() > deadline:
                    return 0
                await asyncio.sleep(RETRY_SECONDS)
        reader, writer = self.streams
        try:
            async with asyncio.timeout(max(0.1, deadline - time.time()) + 5):
                writer.write(request)
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                length = head.partition(b"content-length:")[2].split(b"\r\n", 1)[0]
                if length:
                    await reader.readexactly(int(length))
        except (OSError, EOFError, TimeoutError, asyncio.IncompleteReadError):
            self._close()
            return 0
        if b"connection: close" in head:
            self._close()
        return int(head.split(b" ", 2)[1])

    def _close(self) -> None:
        if self.streams is not None:
            self.streams[1].close()
            self.streams = None


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


class LoadProcess:
    """The load client as a process of its own, prepared and waiting for `start`."""

    def __init__(self, dsn: str, report: Path, **options: float | bool) -> None:
        flags = [
            f"--{name.replace('_', '-')}" + ("" if value is True else f"={value}") for name, value in options.items() if value is not False
        ]
        root = Path(__file__).parent.parent
        command = [sys.executable, "-m", "bench.load", dsn, f"--report={report}", *flags]
        environment = {**os.environ, "PYTHONPATH": str(root)}
        self._report = report
        self._process = subprocess.Popen(command, cwd=root, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if self._pipe(self._process.stdout).readline().strip() != "ready":
            raise RuntimeError(f"the load client did not start: {shlex.join(command)} ended with {self._process.wait()}")

    @staticmethod
    def _pipe(stream: IO[str] | None) -> IO[str]:
        assert stream is not None
        return stream

    def start(self) -> None:
        """Let it send."""
        self._pipe(self._process.stdin).write("go\n")
        self._pipe(self._process.stdin).flush()

    def finish(self, timeout_seconds: float = 300) -> LoadReport:
        """Wait for it, and read its report."""
        self._process.communicate(timeout=timeout_seconds)
        if self._process.returncode != 0:
            raise RuntimeError(f"the load client failed with {self._process.returncode}")
        return msgspec.json.decode(self._report.read_bytes(), type=LoadReport)

    def kill(self) -> None:
        """End it, whatever it does."""
        self._process.kill()
        self._process.communicate()


def main() -> None:
    """Prepare, say `ready` on stdout, wait for a line on stdin, send, write the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dsn")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--rate", type=float, default=0, help="events per second; 0: closed loop")
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--novel-every", type=int, default=0)
    parser.add_argument("--distinct", type=int, default=corpus.EVENTS)
    parser.add_argument("--repeat-broken", action="store_true", help="send an event again where its connection broke before the answer")
    parser.add_argument("--around", action="store_true", help="send all of it again and again until --seconds are over")
    parser.add_argument("--report", type=Path, required=True)
    options = parser.parse_args()
    ready = prepare(options.dsn, options.count, seed=options.seed, novel_every=options.novel_every, distinct=options.distinct)
    print("ready", flush=True)
    sys.stdin.readline()
    report = asyncio.run(
        send(
            options.dsn,
            ready,
            rate=options.rate,
            connections=options.connections,
            seconds=options.seconds,
            repeat_broken=options.repeat_broken,
            around=options.around,
        )
    )
    options.report.write_bytes(msgspec.json.encode(report))
    statuses: dict[int, int] = {}
    for item in report.sent:
        statuses[item.status] = statuses.get(item.status, 0) + 1
    print(
        json.dumps({"seconds": report.seconds, "cpu_seconds": report.cpu_seconds, "unsent": report.unsent, "statuses": statuses}),
        flush=True,
    )


if __name__ == "__main__":
    main()
