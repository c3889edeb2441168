"""The `pipeline` process: the seconds path until SIGTERM, and its reports to Dagster where Dagster is part of the product."""

import logging
import signal
import threading
import time
from typing import TYPE_CHECKING

from lake.objects import prove_conditional_put
from orchestration import progress
from orchestration.canary import CanarySender
from orchestration.line import Line
from orchestration.regroup_workers import Workers
from seiche import wiring
from seiche.errors import Transient
from seiche.model.canary import OWN_PROJECT
from seiche.ports.event_log import EventLogReader
from seiche.registry.migrate import upgrade_when_there
from seiche.settings import Settings

if TYPE_CHECKING:
    from orchestration.reporter import Reporter

END_SECONDS = 4.5
CANARY_END_SECONDS = 0.5

log = logging.getLogger(__name__)


def run(settings: Settings) -> None:
    """Until SIGTERM or SIGINT: the stage that is running ends, nothing else starts."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with_dagster = "dagster" in wiring.read_run_file(settings.run_dir / "endpoints.json")
    worker = Worker(settings, wiring.event_log_reader(settings), stop, with_dagster=with_dagster)
    # In a thread of its own: Dagster would take the signals' handlers for itself while a run executes.
    thread = threading.Thread(target=worker.run, name="pipeline", daemon=True)
    thread.start()
    while not stop.wait(1.0) and thread.is_alive():
        pass
    thread.join(END_SECONDS)
    if worker.fault is not None:
        raise worker.fault


class Worker:
    """The loop. A stage that fails waits and is tried again; only faults of the loop itself end the process."""

    def __init__(self, settings: Settings, event_log: EventLogReader, stop: threading.Event, *, with_dagster: bool) -> None:
        self._settings, self._stop, self._with_dagster = settings, stop, with_dagster
        self._event_log = event_log
        self.fault: BaseException | None = None
        self.turns = 0

    def run(self) -> None:
        """Until `stop` is set."""
        try:
            self._run()
        except BaseException as error:
            log.exception("the pipeline process ends")
            self.fault = error

    def _run(self) -> None:
        upgrade_when_there(self._settings.registry_url, self._stop)
        self._settings.run_dir.mkdir(parents=True, exist_ok=True)
        if self._settings.lake_options is not None:
            self._prove_store()
        line = Line(self._settings, self._event_log, self._stop)
        reporter: Reporter | None = None
        previews = Workers(self._settings, line.engine, with_dagster=self._with_dagster)
        canary = self._canary(line)
        try:
            while not self._stop.is_set():
                more = line.turn()
                self.turns += 1
                self._tell(line)
                if line.part.does_upkeep:
                    previews.turn(time.monotonic())
                    reporter = reporter or self._reporter(line)
                else:
                    previews.stop()
                    if reporter is not None:
                        reporter.dispose()
                    reporter = None
                if reporter is not None:
                    reporter.after_turn(time.monotonic())
                if not more:
                    self._stop.wait(self._settings.pipeline.poll_seconds)
        finally:
            if reporter is not None:
                reporter.close()
            previews.stop()
            line.close()
            if canary is not None:
                canary.join(CANARY_END_SECONDS)

    def _prove_store(self) -> None:
        """Before the first commit: a store that lets two writers win would lose one of them without an error."""
        while not self._stop.is_set():
            try:
                prove_conditional_put(self._settings.lake_url, self._settings.lake_options)
            except Transient as error:
                log.warning("the pipeline waits: %s", error)
                self._stop.wait(error.retry_after_seconds)
            else:
                return

    def _canary(self, line: Line) -> threading.Thread | None:
        if not self._settings.canary.enabled:
            return None
        sender = CanarySender(
            self._settings,
            line.engine,
            lambda stage: line.stages[stage].detail.get("positions", {}),
            is_our_turn=lambda: OWN_PROJECT in line.part.share.of([OWN_PROJECT]),
        )
        thread = threading.Thread(target=sender.run, args=(self._stop,), name="canary", daemon=True)
        thread.start()
        return thread

    def _reporter(self, line: Line) -> "Reporter | None":
        if not self._with_dagster:
            return None  # and Dagster's 70 MB are not loaded
        from orchestration.reporter import Reporter

        try:
            return Reporter(self._settings, line)
        except Transient as error:
            log.warning("Dagster is told later: %s", error)
            return None

    def _tell(self, line: Line) -> None:
        try:
            progress.write(self._settings.run_dir / "pipeline.json", line, turns=self.turns)
        except OSError as error:
            # Events go on: a full disk stops the report, and the log says so.
            log.warning("run/pipeline.json cannot be written: %s", error)
