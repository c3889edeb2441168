"""Previews, and without Dagster applications too, in a process of their own: one at a time, started and ended by the pipeline."""

import logging
import os
import subprocess
import sys

import sqlalchemy as sa

from seiche.errors import Transient
from seiche.registry import regroups
from seiche.registry.engine import read
from seiche.settings import Settings

LOOK_SECONDS = 1.0
END_SECONDS = 3.0
log = logging.getLogger(__name__)


class Workers:
    """At most one process. What it was doing when it died is taken up again after `regroups.SILENT_US`."""

    def __init__(self, settings: Settings, engine: sa.Engine, *, with_dagster: bool) -> None:
        self._settings, self._engine = settings, engine
        self._kinds = (regroups.PREVIEW,) if with_dagster else (regroups.PREVIEW, regroups.APPLY)
        self._process: subprocess.Popen[bytes] | None = None
        self._looked_at = 0.0

    def turn(self, now: float) -> None:
        """Start the oldest that waits, if none runs."""
        if now - self._looked_at < LOOK_SECONDS:
            return
        self._looked_at = now
        if self._process is not None and self._process.poll() is None:
            return
        self._process = None
        try:
            with read(self._engine) as session:
                found = regroups.waiting(session, self._kinds)
        except Transient as error:
            log.warning("regroups wait: %s", error)
            return
        if found:
            command = [sys.executable, "-m", "orchestration.regroup", str(found[0])]
            variables = {**os.environ, "SEICHE_DATA": str(self._settings.data.resolve()), "POLARS_MAX_THREADS": "2"}
            self._process = subprocess.Popen(command, env=variables)  # noqa: S603 - our own module and a number

    def stop(self) -> None:
        """End what runs; nothing of it is lost but its time."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None
