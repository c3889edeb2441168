"""What scrubbing costs: CPU a reference event, clean, as the SDK sent it, and with secrets in a share of the events."""

import argparse
import json
import random
import statistics
import time
from collections.abc import Callable
from typing import Any

from bench.corpus import payloads
from seiche.model.project import ProjectConfig
from seiche.normalize.scrub import Scrubber
from seiche.normalize.scrubbing import walk

ROUNDS = 5


def dirty(payload: bytes) -> bytes:
    """Fifteen secrets of the usual kinds, where applications have them."""
    event = json.loads(payload)
    request = event.setdefault("request", {})
    request["headers"] = {**request.get("headers", {}), "Authorization": "Bearer 9f86d081884c7d65", "Cookie": "sid=af09; theme=dark"}
    request["cookies"] = {"sid": "af09", "theme": "dark"}
    extra: dict[str, Any] = event.setdefault("extra", {})
    extra["form"] = {"user": "jane", "password": "correct horse"}
    extra["payment"] = "card 4111 1111 1111 1111 was declined"
    extra["applicant"] = "ssn 219-09-9999, account DE89370400440532013000"
    for number, crumb in enumerate(event["breadcrumbs"]["values"][:6]):
        crumb.setdefault("data", {})[("api_key", "dsn")[number % 2]] = (f"k-{number:08}", f"postgres://app:pw{number}@db/shop")[number % 2]
    if "exception" in event:
        event["exception"]["values"][-1]["value"] += " (4242424242424242)"
    return json.dumps(event, separators=(",", ":")).encode()


def micros(bodies: list[bytes], what: Callable[[bytes], object]) -> float:
    """Mean CPU of one body, the best of some rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        before = time.process_time()
        for body in bodies:
            what(body)
        best = min(best, time.process_time() - before)
    return best / len(bodies) * 1e6


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200)
    options = parser.parse_args()
    choose = random.Random(1)
    before = time.process_time()
    scrubber = Scrubber(ProjectConfig())
    print(f"{'compile our own patterns':<44}{(time.process_time() - before) * 1e3:8.0f} ms")
    before = time.process_time()
    Scrubber(ProjectConfig(sensitive_fields=("kennwort", "customer_no"), safe_fields=("token_id",)))
    print(f"{'compile with three fields of a project':<44}{(time.process_time() - before) * 1e3:8.0f} ms")
    sent = payloads(options.count)
    clean = [scrubber.scrub(body) for body in sent]
    soiled = [dirty(body) for body in clean]
    print(f"{'mean size':<44}{statistics.mean(map(len, sent)):8.0f} bytes")
    print(f"{'changed as the SDK sent them':<44}{sum(scrubber.scrub(body) is not body for body in sent) / len(sent):8.0%}")
    for name, share in (("clean", 0.0), ("as sent", None), ("5 % dirty", 0.05), ("30 % dirty", 0.3), ("all dirty", 1.0)):
        bodies = sent if share is None else [bad if choose.random() < share else good for good, bad in zip(clean, soiled, strict=True)]
        print(f"{name:<44}{micros(bodies, scrubber.scrub):8.1f} us")
    rules = scrubber._rules  # noqa: SLF001 - the slow way has no other door
    print(f"{'all dirty, by reading every token':<44}{micros(soiled[:20], lambda body: walk.edits(body, rules)):8.0f} us")


if __name__ == "__main__":
    main()
