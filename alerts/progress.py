"""How the alerts process is doing: kept by its threads, written to run/alerts.json each second."""

import json
import os
import threading
import time
from collections.abc import Collection
from pathlib import Path
from typing import Any

from alerts.decide import Decided

RATE_SECONDS = 10.0


class Progress:
    """Thread-safe counters; `report` is what others read."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._offsets: dict[int, int] = {}
        self._lags: dict[int, int] = {}
        self._counts = {
            "records": 0,
            "events": 0,
            "duplicates": 0,
            "new_issues": 0,
            "regressions": 0,
            "notifications": 0,
            "commits": 0,
            "lost": 0,
            "refilled": 0,
        }
        self._deliveries = {"sent": 0, "retried": 0, "failed": 0}
        self._recent: list[tuple[float, int]] = []
        self._error = ""
        self._error_at = 0.0
        self._waiting = False

    def at(self, partition: int, offset: int, lag: int) -> None:
        with self._lock:
            self._offsets[partition], self._lags[partition] = offset, max(lag, 0)

    def keep(self, partitions: Collection[int]) -> None:
        """Others are another process's from now on."""
        with self._lock:
            self._offsets = {partition: at for partition, at in self._offsets.items() if partition in partitions}
            self._lags = {partition: lag for partition, lag in self._lags.items() if partition in partitions}

    def did(self, done: Decided, records: int) -> None:
        with self._lock:
            for name in ("events", "duplicates", "new_issues", "regressions", "notifications"):
                self._counts[name] += getattr(done, name)
            self._counts["records"] += records
            self._counts["commits"] += 1
            now = time.monotonic()
            self._recent = [(at, count) for at, count in self._recent if now - at < RATE_SECONDS] + [(now, records)]

    def lost(self, records: int) -> None:
        with self._lock:
            self._counts["lost"] += records

    def refilled(self, records: int) -> None:
        with self._lock:
            self._counts["refilled"] += records

    def delivered(self, outcome: str) -> None:
        with self._lock:
            self._deliveries[outcome] += 1

    def failed(self, error: str) -> None:
        with self._lock:
            self._error, self._error_at, self._waiting = error[:2000], time.time(), True

    def healthy(self) -> None:
        with self._lock:
            self._waiting = False

    def report(self) -> dict[str, Any]:
        """Offsets and lag by partition, rates, counts since the start, the last error."""
        with self._lock:
            now = time.monotonic()
            rate = sum(count for at, count in self._recent if now - at < RATE_SECONDS) / RATE_SECONDS
            return {
                "pid": os.getpid(),
                "updated_at": time.time(),
                "offsets": {str(partition): offset for partition, offset in self._offsets.items()},
                "offset": sum(self._offsets.values()),
                "lag": sum(self._lags.values()),
                "rows_per_second": round(rate, 1),
                "waiting": self._waiting,
                "last_error": self._error,
                "last_error_at": self._error_at or None,
                "counts": dict(self._counts),
                "deliveries": dict(self._deliveries),
            }

    def write(self, path: Path) -> None:
        """Replace the file atomically: readers never see half of it."""
        partial = path.with_suffix(f".{os.getpid()}.tmp")
        partial.write_text(json.dumps(self.report()))
        partial.replace(path)
