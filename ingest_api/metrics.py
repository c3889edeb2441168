"""What /metrics shows of ingest. No label names a project, a key or anything else that a client chooses.

What every request counts is kept in plain numbers, by the event loop alone, and made into Prometheus's families when it is asked for:
the library's own counters take a lock each, 11 us a request in all.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client import Counter as LabelledCounter
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
APPEND_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
_BATCH_RECORDS = (1, 2, 5, 10, 50, 100, 500, 1000)


class Metrics:
    """One registry per application, so that two in one process (tests) do not share counts."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry(auto_describe=True)
        self._requests: Counter[tuple[str, int]] = Counter()
        self._events: Counter[str] = Counter()
        self._received_bytes = 0
        self._append, self._records = _Distribution(APPEND_SECONDS), _Distribution(_BATCH_RECORDS)
        self.waiting_records = 0
        """That wait for their commit."""
        self.registry.register(_Families(self))
        self._unkeyed = LabelledCounter(
            "seiche_ingest_unkeyed_requests", "Requests without a valid key: in no project's accounts.", ["why"], registry=self.registry
        )
        self.buffered = Gauge("seiche_ingest_buffered_bytes", "Bytes of request bodies in memory.", registry=self.registry)
        self.unflushed = Gauge("seiche_ingest_unflushed_tallies", "Refusals not yet in the log.", registry=self.registry)
        self.limits_degraded = Gauge(
            "seiche_ingest_limits_degraded",
            "1 while Redis does not answer and limits are counted by this process alone.",
            registry=self.registry,
        )

    def request(self, endpoint: str, status: int, received_bytes: int) -> None:
        """One answered request."""
        self._requests[endpoint, status] += 1
        self._received_bytes += received_bytes

    def events(self, outcome: str, quantity: int) -> None:
        """Events that met an outcome here: received, kept, invalid, filtered, unavailable."""
        self._events[outcome] += quantity

    def unkeyed(self, why: str) -> None:
        """A request whose key was not recognised."""
        self._unkeyed.labels(why).inc()

    def appended(self, records: int, seconds: float) -> None:
        """One append that became durable."""
        self._append.observe(seconds)
        self._records.observe(records)

    def text(self) -> bytes:
        """Prometheus's text format."""
        return generate_latest(self.registry)

    def families(self) -> Iterator[Metric]:
        """What is counted in plain numbers."""
        requests = CounterMetricFamily("seiche_ingest_requests", "Answered requests.", labels=["endpoint", "status"])
        for (endpoint, status), quantity in self._requests.items():
            requests.add_metric([endpoint, str(status)], quantity)
        events = CounterMetricFamily("seiche_ingest_events", "Events of recognised keys.", labels=["outcome"])
        for outcome, quantity in self._events.items():
            events.add_metric([outcome], quantity)
        yield from (requests, events)
        yield CounterMetricFamily("seiche_ingest_bytes", "Bytes of request bodies, as received.", value=self._received_bytes)
        yield self._append.family("seiche_ingest_append_seconds", "Until records are durable.")
        yield self._records.family("seiche_ingest_append_records", "Records an append.")
        yield GaugeMetricFamily("seiche_ingest_queue_records", "Records that wait for their commit.", value=self.waiting_records)


class _Distribution:
    """A histogram's counts."""

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self._bounds, self._counts, self._sum = bounds, [0] * (len(bounds) + 1), 0.0

    def observe(self, value: float) -> None:
        self._counts[bisect_left(self._bounds, value)] += 1
        self._sum += value

    def family(self, name: str, text: str) -> HistogramMetricFamily:
        below, buckets = 0, []
        for bound, count in zip((*self._bounds, float("inf")), self._counts, strict=True):
            below += count
            buckets.append((str(float(bound)) if bound < float("inf") else "+Inf", float(below)))
        return HistogramMetricFamily(name, text, buckets=buckets, sum_value=self._sum)


class _Families(Collector):
    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def collect(self) -> Iterator[Metric]:
        return self._metrics.families()
