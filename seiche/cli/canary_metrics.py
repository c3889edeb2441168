"""What /metrics shows of the canary: read from the registry beside the requests, so that a scrape waits for nothing."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import sqlalchemy as sa
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector, CollectorRegistry

from seiche.errors import SeicheError
from seiche.model.canary import Verdict, judge
from seiche.registry import canaries
from seiche.settings import CanarySettings

REFRESH_SECONDS = 10.0

log = logging.getLogger(__name__)


class CanaryMetrics(Collector):
    """The last verdict that the registry gave. While it does not answer the last one stands: its timestamps grow old."""

    def __init__(self, engine: sa.Engine, settings: CanarySettings) -> None:
        self._engine, self._settings = engine, settings
        self._verdict: Verdict | None = None

    def refresh(self) -> None:
        """Blocks for the registry."""
        found = canaries.newest(self._engine)
        every, late = self._settings.every_seconds, self._settings.late_seconds
        self._verdict = judge(found, now_us=time.time_ns() // 1000, every_seconds=every, late_seconds=late)

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Called at each scrape."""
        hops = GaugeMetricFamily("seiche_canary_hop_seconds", "Until the newest canary was seen behind the hop.", labels=["hop"])
        stalled = GaugeMetricFamily("seiche_canary_stalled", "1 while the canary waits before the hop for too long.", labels=["hop"])
        sent = GaugeMetricFamily("seiche_canary_last_sent_timestamp_seconds", "When the newest canary was sent.")
        through = GaugeMetricFamily("seiche_canary_last_success_timestamp_seconds", "When the newest canary that passed every hop did.")
        if (verdict := self._verdict) is not None:
            for hop in verdict.hops:
                if hop.seconds is not None:
                    hops.add_metric([hop.name], hop.seconds)
                stalled.add_metric([hop.name], float(hop.stalled_since_us is not None))
            for family, at_us in ((sent, verdict.last_sent_us), (through, verdict.last_through_us)):
                if at_us is not None:
                    family.add_metric([], at_us / 1e6)
        yield from (hops, stalled, sent, through)


@asynccontextmanager
async def shown(registry: CollectorRegistry, engine: sa.Engine, settings: CanarySettings) -> AsyncIterator[None]:
    """The canary's metrics are part of `registry`, and kept up to date, until the context is left; nothing where it is switched off."""
    if not settings.enabled:
        yield
        return
    metrics = CanaryMetrics(engine, settings)
    registry.register(metrics)
    task = asyncio.create_task(_refresh(metrics))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _refresh(metrics: CanaryMetrics) -> None:
    while True:
        try:
            await asyncio.to_thread(metrics.refresh)
        except SeicheError as error:
            log.warning("the canary's metrics are old: %s", error)
        await asyncio.sleep(REFRESH_SECONDS)
