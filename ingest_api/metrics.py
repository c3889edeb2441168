"""What /metrics shows of ingest. No label names a project, a key or anything else that a client chooses."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
APPEND_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
_BATCH_RECORDS = (1, 2, 5, 10, 50, 100, 500, 1000)


class Metrics:
    """One registry per application, so that two in one process (tests) do not share counts."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry(auto_describe=True)
        self._requests = Counter("seiche_ingest_requests", "Answered requests.", ["endpoint", "status"], registry=self.registry)
        self._events = Counter("seiche_ingest_events", "Events of recognised keys.", ["outcome"], registry=self.registry)
        self._unkeyed = Counter(
            "seiche_ingest_unkeyed_requests", "Requests without a valid key: in no project's accounts.", ["why"], registry=self.registry
        )
        self._bytes = Counter("seiche_ingest_bytes", "Bytes of request bodies, as received.", registry=self.registry)
        self._append = Histogram(
            "seiche_ingest_append_seconds", "Until records are durable.", buckets=APPEND_SECONDS, registry=self.registry
        )
        self._records = Histogram("seiche_ingest_append_records", "Records an append.", buckets=_BATCH_RECORDS, registry=self.registry)
        self.waiting = Gauge("seiche_ingest_queue_records", "Records that wait for their commit.", registry=self.registry)
        self.buffered = Gauge("seiche_ingest_buffered_bytes", "Bytes of request bodies in memory.", registry=self.registry)
        self.unflushed = Gauge("seiche_ingest_unflushed_tallies", "Refusals not yet in the log.", registry=self.registry)
        self.limits_degraded = Gauge(
            "seiche_ingest_limits_degraded",
            "1 while Redis does not answer and limits are counted by this process alone.",
            registry=self.registry,
        )
        # A look-up by labels costs 1 us: each child is made once.
        self._request_children: dict[tuple[str, int], Counter] = {}
        self._event_children: dict[str, Counter] = {}

    def request(self, endpoint: str, status: int, received_bytes: int) -> None:
        """One answered request."""
        child = self._request_children.get((endpoint, status))
        if child is None:
            child = self._request_children[endpoint, status] = self._requests.labels(endpoint, str(status))
        child.inc()
        if received_bytes:
            self._bytes.inc(received_bytes)

    def events(self, outcome: str, quantity: int) -> None:
        """Events that met an outcome here: received, kept, invalid, filtered, unavailable."""
        child = self._event_children.get(outcome)
        if child is None:
            child = self._event_children[outcome] = self._events.labels(outcome)
        child.inc(quantity)

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
