"""Reading rows: the API's answers over HTTP, and the pure fingerprint in this process."""

import random
import time
from typing import TYPE_CHECKING

import lake
from bench import corpus
from bench.measure import mean, percentile
from bench.watch import timed
from seiche.grouping import group
from seiche.model.project import ProjectConfig
from seiche.model.record import LogRecord, RecordKind
from seiche.normalize import normalise

if TYPE_CHECKING:
    from seiche.testing.product import Product

TIMES = 200
WORDS = ("cart", "checkout", "voucher", "payment", "invoice", "quantity", "declined", '"following step"', "refund", "customer*")


def measure_reads(product: "Product", events: int) -> list[tuple[str, str, str, str]]:
    """Each call 200 times, one after the other, on a kept connection."""
    choose = random.Random(1)
    ids = (
        lake.connect(product.settings().lake_url, product.settings().lake_options)
        .events(columns=["event_id"])
        .collect()["event_id"]
        .to_list()
    )
    chosen = choose.sample(ids, min(TIMES, len(ids)))
    project = f"/api/v1/projects/{product.slug}"
    listed = timed(TIMES, lambda _: product.api.get(f"{project}/issues"))
    searched = timed(TIMES, lambda number: product.api.get(f"{project}/issues", params={"query": WORDS[number % len(WORDS)]}))
    opened = timed(len(chosen), lambda number: product.api.get(f"{project}/events/{chosen[number]}"))
    issues = product.api.get(f"{project}/issues").json()["total"]
    over = f"p50/p95 over {TIMES} calls; {events} events, {issues} issues"
    return [
        ("issue list over HTTP", _spread(listed), "p95 100 ms", over),
        ("text search over HTTP", _spread(searched), "p95 200 ms", over),
        ("one event with its payload over HTTP", _spread(opened), "p95 100 ms", over),
    ]


def _spread(seconds: list[float]) -> str:
    return f"{1000 * percentile(seconds, 50):.0f}/{1000 * percentile(seconds, 95):.0f} ms"


def measure_fingerprint() -> list[tuple[str, str, str, str]]:
    """Grouping alone, after decoding and normalising; the CPU clock, not the wall's."""
    grouped, normalised = [], []
    config = ProjectConfig()
    for payload in corpus.payloads()[:1000]:
        record = LogRecord(kind=RecordKind.EVENT, received_at_us=time.time_ns() // 1000, project_id=1, event_id="0" * 32)
        started = time.process_time_ns()
        event = normalise(payload, record, config)
        between = time.process_time_ns()
        group(event, config)
        ended = time.process_time_ns()
        normalised.append((between - started) / 1000)
        grouped.append((ended - between) / 1000)
    note = (
        f"p99 {percentile(grouped, 99):.0f} us, {len(grouped)} events; decoding and normalising, before it, mean {mean(normalised):.0f} us"
    )
    return [("fingerprint one event, after decoding", f"mean {mean(grouped):.0f} us", "100 us", note)]
