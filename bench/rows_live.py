"""Latency rows: from POST to the issue in the list, the mail in the inbox, the event in search and rollups; and when all has settled."""

import tempfile
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.load import LoadProcess, Sent
from bench.measure import percentile
from bench.watch import Inbox, Poller, newest_issues
from seiche.ports.search_index import TextTerm
from seiche.testing import servers
from seiche.testing.product import Product
from seiche.wiring import olap_client, search_index

VISIBLE_EVERY_SECONDS = 0.1
SEARCHABLE_EVERY_SECONDS = 0.5
NOVEL_EVERY = 10
SETTLE_SECONDS = 30


def measure_live(rate: float, seconds: float) -> list[tuple[str, str, str, str]]:
    """Send at `rate`; every tenth event is an issue never seen, and each of those is timed four ways."""
    with Inbox() as inbox, tempfile.TemporaryDirectory(prefix="seiche-bench-") as folder:
        mail = {"SEICHE_ALERTS__MAIL__HOST": "127.0.0.1", "SEICHE_ALERTS__MAIL__PORT": str(inbox.port)}
        with Product(Path(folder), without=("dagster", "ops"), env=mail, profile=servers.profile()) as product:
            dsn = product.dsn()  # makes the project
            rule = {"name": "all", "triggers": ["new_issue"], "actions": [{"channel": "mail", "target": "oncall@example.org"}]}
            product.api.post(f"/api/v1/projects/{product.slug}/alert-rules", json=rule).raise_for_status()
            process = LoadProcess(
                dsn,
                Path(folder) / "report.json",
                count=int(rate * seconds),
                rate=rate,
                seconds=seconds + 30,
                novel_every=NOVEL_EVERY,
            )
            with (
                Poller(newest_issues(product.api, product.slug), VISIBLE_EVERY_SECONDS) as issues,
                Poller(_in_search_and_rollups(product), SEARCHABLE_EVERY_SECONDS) as found,
            ):
                process.start()
                report = process.finish()
                time.sleep(SETTLE_SECONDS)
            novel = {item.novel: item for item in report.sent if item.novel and item.status == 200}
            about = f"{len(novel)} new issues among {len(report.sent)} events at {rate:.0f}/s"
            return [
                _row(
                    "POST to issue visible in the list over HTTP",
                    novel,
                    issues.seen,
                    "p99 2 s",
                    f"{about}; asked every {VISIBLE_EVERY_SECONDS} s",
                ),
                _row("POST to mail received", novel, inbox.arrived, "p99 2 s", about),
                _row(
                    "POST to searchable and in rollups", novel, found.seen, "p95 10 s", f"{about}; asked every {SEARCHABLE_EVERY_SECONDS} s"
                ),
            ]


def _in_search_and_rollups(product: Product) -> Callable[[], Iterable[str]]:
    """The novel errors that the search index and `events_hot` (whose every insert feeds the rollups) both know."""
    olap, index = olap_client(product.settings()), search_index(product.settings())
    project_id = int(product.api.get(f"/api/v1/projects/{product.slug}").raise_for_status().json()["id"])

    def ask() -> Iterable[str]:
        searched = list(index.fingerprints(project_id, [TextTerm(("novel",), prefix=True)]))
        query = (
            "SELECT DISTINCT type FROM events_hot WHERE type LIKE 'Novel%' AND fingerprint IN {searched:Array(String)}"
            " AND fingerprint IN (SELECT fingerprint FROM issue_rollups)"
        )
        return [row[0] for row in olap.query(query, parameters={"searched": searched}).result_rows]

    return ask


def wait_until_settled(product: Product, events: int, timeout_seconds: float) -> None:
    """Wait until `events` are in the search index, the last store of the line. Cheap to ask, unlike `drain`, which proves it afterwards."""
    index = search_index(product.settings())
    deadline = time.monotonic() + timeout_seconds
    while (found := sum(index.hour_rows(hour) for hour in recent_hours())) < events:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{found} of {events} events were searchable after {timeout_seconds:.0f} s")
        time.sleep(0.1)


def recent_hours() -> list[datetime]:
    """Of received time; a measurement may begin in one and end in the next."""
    this = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    return [this - timedelta(hours=1), this]


def _row(what: str, novel: dict[str, Sent], seen: dict[str, float], must: str, note: str) -> tuple[str, str, str, str]:
    seconds = [seen[name] - item.due for name, item in novel.items() if name in seen]
    missing = len(novel) - len(seconds)
    spread = "/".join(f"{1000 * percentile(seconds, percent):.0f}" for percent in (50, 95, 99))
    return what, f"{spread} ms", must, f"p50/p95/p99; {note}{f'; {missing} NEVER CAME' if missing else ''}"
