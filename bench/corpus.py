"""The reference events, caught from the unmodified sentry-sdk: real exceptions through 23-35 frames. Run it to see their sizes."""

import argparse
import gzip
import importlib
import json
import os
import random
import statistics
import sys
import uuid
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.pretend import write_application

CACHE = Path(__file__).parent.parent / "var" / "bench"
FORMAT = 6
"""Part of the cache's name: raise it when the events change."""
STACKS = 400
MESSAGE_SHARE = 0.06
RELEASES = ("pretend@2.3.0", "pretend@2.4.0")
EVENTS = 2000


def payloads(count: int = EVENTS, seed: int = 1) -> list[bytes]:
    """`count` event payloads (JSON); built once for a seed and kept below var/bench."""
    kept = CACHE / f"corpus-{FORMAT}-{seed}-{count}.jsonl.gz"
    if not kept.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        partial = kept.with_suffix(f".{os.getpid()}")
        with gzip.open(partial, "wb", compresslevel=1) as out:
            out.writelines(payload + b"\n" for payload in capture(count, seed))
        partial.replace(kept)
    return gzip.decompress(kept.read_bytes()).splitlines()


def capture(count: int, seed: int) -> Iterator[bytes]:
    """Run the pretend application and yield what the SDK would have sent."""
    import sentry_sdk
    from sentry_sdk.envelope import Envelope
    from sentry_sdk.integrations.modules import ModulesIntegration
    from sentry_sdk.integrations.wsgi import SentryWsgiMiddleware
    from sentry_sdk.transport import Transport

    caught: list[bytes] = []

    class Catcher(Transport):
        def capture_envelope(self, envelope: Envelope) -> None:
            caught.extend(item.get_bytes() for item in envelope.items if item.type == "event")

    choose = random.Random(seed)
    folder = str(CACHE / "app")
    passing, failing = write_application(Path(folder), seed)
    sys.path.insert(0, folder)
    importlib.invalidate_caches()
    try:
        routes = [_route(choose, passing, failing) for _ in range(STACKS)]
        for number in range(count):
            if number % (count // len(RELEASES) or 1) == 0:
                release = RELEASES[min(number * len(RELEASES) // count, len(RELEASES) - 1)]
                sentry_sdk.init(
                    dsn="http://0123456789abcdef0123456789abcdef@127.0.0.1:9/1",
                    transport=Catcher,
                    release=release,
                    environment="production",
                    server_name="web-1",
                    project_root=folder,
                    send_default_pii=True,
                    auto_session_tracking=False,
                    default_integrations=False,
                    auto_enabling_integrations=False,
                    integrations=[ModulesIntegration()],
                    before_send=_as_small_as_life,
                )
            # Popularity as in life: a few stacks make most of the events.
            route = routes[min(int(choose.paretovariate(0.6)) - 1, STACKS - 1)] if choose.random() < 0.7 else choose.choice(routes)
            _one_request(SentryWsgiMiddleware, choose, route, number)
            yield from caught
            caught.clear()
    finally:
        sys.path.remove(folder)
        for name in [name for name in sys.modules if name.split(".")[0] == "pretend"]:
            del sys.modules[name]
        sentry_sdk.get_global_scope().set_client(None)


def _as_small_as_life(event: Any, _hint: Any) -> Any:
    """Seiche's own environment has hundreds of packages; an ordinary web application has some seventy."""
    event["modules"] = dict(sorted(event["modules"].items())[:70])
    return event


def _route(choose: random.Random, passing: list[tuple[str, str]], failing: list[tuple[str, str]]) -> list[Any]:
    # Middleware and view add two frames of their own.
    steps = [*choose.choices(passing, k=round(choose.triangular(21, 33, 22))), choose.choice(failing)]
    return [getattr(importlib.import_module(module), function) for module, function in steps]


def _one_request(middleware: Any, choose: random.Random, route: list[Any], number: int) -> None:
    import sentry_sdk

    message = choose.random() < MESSAGE_SHARE
    path = f"/{choose.choice(('cart', 'checkout', 'orders', 'account'))}/{choose.randint(1, 9999)}"

    def view(_environ: dict[str, Any], _start_response: Any) -> list[bytes]:
        scope = sentry_sdk.get_isolation_scope()
        scope.clear_breadcrumbs()
        scope.set_user({"id": str(choose.randint(1, 3000)), "username": f"user{choose.randint(1, 3000)}"})
        scope.set_tag("plan", choose.choice(("free", "team", "business")))
        scope.set_tag("region", choose.choice(("eu", "us")))
        scope.set_tag("worker", str(number % 8))
        for index in range(20):
            sentry_sdk.add_breadcrumb(**_breadcrumb(choose, index))
        if message:
            text = f"Payment for order {choose.randint(1, 10**6)} took {choose.randint(3, 60)} seconds"
            sentry_sdk.capture_message(text, level="warning")
            return [b"ok"]
        context = {
            "id": number,
            "number": f"R-{number:06}",
            "quantity": choose.randint(1, 40),
            "currency": choose.choice(("EUR", "USD", "GBP")),
            "lines": [f"sku-{choose.randint(1, 5000)}" for _ in range(6)],
        }
        sys.modules["pretend"].ROUTE[:] = route
        return [str(route[0](1, context)).encode()]

    environ = {
        "REQUEST_METHOD": choose.choice(("GET", "POST")),
        "PATH_INFO": path,
        "QUERY_STRING": f"page={choose.randint(1, 9)}&sort=price",
        "SERVER_NAME": "shop.example",
        "SERVER_PORT": "443",
        "wsgi.url_scheme": "https",
        "REMOTE_ADDR": f"198.51.100.{choose.randint(1, 250)}",
        "HTTP_HOST": "shop.example",
        "HTTP_USER_AGENT": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        "HTTP_ACCEPT": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        "HTTP_ACCEPT_LANGUAGE": "en-GB,en;q=0.5",
        "HTTP_REFERER": "https://shop.example/",
    }
    try:
        list(middleware(view)(environ, lambda *_: None))
    except Exception as error:  # noqa: BLE001 - every kind of fault is the point; the SDK has seen it
        error.__traceback__ = None


def _breadcrumb(choose: random.Random, index: int) -> dict[str, Any]:
    if index % 3 == 0:
        table, key = choose.choice(("orders", "customers", "items")), choose.randint(1, 10**6)
        return {"category": "query", "message": f"SELECT id, status, total FROM {table} WHERE id = {key}", "data": {"rows": key % 40}}
    if index % 3 == 1:
        url = f"https://api.example/v2/stock/{choose.randint(1, 9999)}"
        status = choose.choice((200, 200, 404))
        return {"type": "http", "category": "httplib", "data": {"url": url, "method": "GET", "status_code": status, "reason": "OK"}}
    text = f"basket {choose.getrandbits(32):08x} now holds {choose.randint(1, 12)} items"
    return {"category": "shop.log", "level": "info", "message": text}


def envelope(payload: bytes, *, event_id: str = "", novel: str = "", now: datetime | None = None) -> tuple[str, bytes]:
    """A fresh (event id, gzipped envelope) of a payload, as the SDK would send it now; `novel` names an exception type never seen."""
    event = json.loads(payload)
    event["event_id"] = event_id or uuid.uuid4().hex
    event["timestamp"] = (now or datetime.now(UTC)).isoformat().replace("+00:00", "Z")
    if novel:
        event["exception"]["values"][-1]["type"] = novel
    body = json.dumps(event, separators=(",", ":")).encode()
    header = json.dumps({"event_id": event["event_id"], "sent_at": event["timestamp"]}).encode()
    item = json.dumps({"type": "event", "content_type": "application/json", "length": len(body)}).encode()
    return event["event_id"], gzip.compress(b"\n".join((header, item, body)), compresslevel=9, mtime=0)


def sizes(texts: Iterable[bytes]) -> dict[str, Any]:
    """What the table's header says of the corpus."""
    texts = list(texts)
    events = [json.loads(text) for text in texts]
    stacks = [_stack(event) for event in events if "exception" in event]
    return {
        "events": len(texts),
        "raw_bytes": _spread(map(len, texts)),
        "gzip_bytes": _spread(len(gzip.compress(text, 9)) for text in texts[:: max(1, len(texts) // 300)]),
        "frames": _spread(map(len, stacks)),
        "distinct_stacks": len(set(stacks)),
        "messages": len(events) - len(stacks),
        "breadcrumbs": _spread(len(event["breadcrumbs"]["values"]) for event in events),
    }


def _stack(event: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple((frame.get("module"), frame["function"]) for frame in event["exception"]["values"][-1]["stacktrace"]["frames"])


def _spread(numbers: Iterable[int]) -> dict[str, int]:
    values = sorted(numbers)
    cuts = {f"p{percent}": values[len(values) * percent // 100] for percent in (5, 50, 95)}
    return {"mean": round(statistics.mean(values)), **cuts}


def main() -> None:
    """Print the size distribution."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=EVENTS)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print(json.dumps(sizes(payloads(options.count, options.seed)), indent=2))


if __name__ == "__main__":
    main()
