"""The `alerts` process: the consumer and the sender, each in a thread, until SIGTERM; tells how it is doing in run/alerts.json."""

import logging
import signal
import threading
import time
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any

from alerts.consumer import Consumer
from alerts.notifiers import configured_notifiers
from alerts.progress import Progress
from alerts.sender import Sender
from seiche import wiring
from seiche.errors import SeicheError
from seiche.registry.membership import Membership
from seiche.registry.migrate import upgrade_when_there
from seiche.registry.share import AUTO, automatic
from seiche.settings import Settings

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

REPORT_SECONDS = 1.0
JOIN_SECONDS = 9.0

log = logging.getLogger(__name__)


def run(settings: Settings) -> None:
    """Until SIGTERM or SIGINT. A thread that dies of a fault takes the process with it, so that the supervisor starts it anew."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    upgrade_when_there(settings.registry_url, stop)
    settings.run_dir.mkdir(parents=True, exist_ok=True)
    engine, progress = wiring.registry_engine(settings.registry_url), Progress()
    reader, membership = wiring.event_log_reader(settings), Membership(engine, "alerts")
    consumer = Consumer(
        reader,
        engine,
        settings.alerts,
        base_url=wiring.public_url(settings),
        stored_before=hot_tier(settings, "stored_before"),
        fingerprints_of=hot_tier(settings, "fingerprints_of"),
        raw=wiring.raw_store(settings),
        progress=progress,
        artifacts=wiring.artifact_finder(settings),
        refill=wiring.refill(settings, reader),
        share_now=automatic(membership.standing) if settings.alerts.share == AUTO else None,
        on_notifications=lambda: sender.wake(),  # noqa: PLW0108 - it is made below
    )
    # Of several senders each would send everything.
    sender = Sender(engine, configured_notifiers(settings.alerts), progress=progress, is_our_turn=lambda: consumer.share.is_first)
    works = [("consumer", consumer.run), ("sender", sender.run)]
    faults: list[BaseException] = []
    threads = [threading.Thread(target=_guarded, args=(work, stop, faults), name=name, daemon=True) for name, work in works]
    for thread in threads:
        thread.start()
    while not stop.wait(REPORT_SECONDS):
        _report(settings, progress)
    give_up = time.monotonic() + JOIN_SECONDS
    for thread in threads:
        thread.join(max(give_up - time.monotonic(), 0))
    membership.leave()
    _report(settings, progress)
    if faults:
        raise faults[0]


def hot_tier(settings: Settings, question: str) -> Callable[[int, Collection[str]], Mapping[str, Any]] | None:
    """A look-up of `seiche.backends.clickhouse_seen`, with a client of its own; None where the product runs without analytics."""
    if not wiring.has_olap(settings):
        return None
    clients: list[Client] = []

    def look_up(project_id: int, event_ids: Collection[str]) -> Mapping[str, Any]:
        from seiche.backends import clickhouse_seen

        ask: Callable[..., Mapping[str, Any]] = getattr(clickhouse_seen, question)
        try:
            if not clients:
                clients.append(wiring.olap_client(settings))
            return ask(clients[0], project_id, event_ids)
        except SeicheError:
            clients.clear()
            raise

    return look_up


def _guarded(work: Callable[[threading.Event], None], stop: threading.Event, faults: list[BaseException]) -> None:
    try:
        work(stop)
    except BaseException as error:
        log.exception("the %s thread died", threading.current_thread().name)
        faults.append(error)
    finally:
        stop.set()


def _report(settings: Settings, progress: Progress) -> None:
    try:
        progress.write(settings.run_dir / "alerts.json")
    except OSError as error:
        # Events go on: a full disk stops the report, and the log below says so.
        log.warning("run/alerts.json cannot be written: %s", error)
