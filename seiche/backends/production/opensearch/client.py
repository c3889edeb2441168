"""Connecting, errors in our words, and bulk requests whose refused items are tried again."""

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from opensearchpy import OpenSearch
from opensearchpy.exceptions import ConnectionError as Unreachable
from opensearchpy.exceptions import OpenSearchException, TransportError

from seiche.errors import ConfigurationError, InvalidInput, SeicheError, StoreUnavailable
from seiche.production_settings import OpenSearchSettings

BULK_ITEMS = 1000
BULK_ATTEMPTS = 5
FIRST_PAUSE_SECONDS = 0.2
BLOCKED_SECONDS = 30.0
"""A blocked cluster (its disk is full, or somebody made it read-only) is not mended in a second."""
_logger = logging.getLogger("opensearch")
_logger.setLevel(logging.ERROR)  # each failed attempt would be a warning, before this module raises or tries again


def connect(settings: OpenSearchSettings) -> OpenSearch:
    """One client for many threads; nothing is asked yet. Raises `ConfigurationError`."""
    hosts = [host.strip() for host in settings.url.split(",") if host.strip()]
    if not hosts:
        raise ConfigurationError("opensearch.url is empty: https://USER:PASSWORD@HOST:9200, several with commas")
    return OpenSearch(hosts=hosts, timeout=settings.timeout_seconds, max_retries=1, retry_on_timeout=False, http_compress=True)


def health(settings: OpenSearchSettings) -> tuple[str, str]:
    """(version, green, yellow or red). Raises `StoreUnavailable`, `ConfigurationError`."""
    client = connect(settings)
    with translated():
        return str(client.info()["version"]["number"]), str(client.cluster.health()["status"])


@contextmanager
def translated() -> Iterator[None]:
    """Raise this project's errors in place of opensearch-py's."""
    try:
        yield
    except OpenSearchException as error:
        raise to_seiche_error(error) from error


def to_seiche_error(error: OpenSearchException) -> SeicheError:
    """Unreachable, busy, red or blocked -> transient; a refused password -> configuration; a bad request -> invalid input."""
    if isinstance(error, Unreachable) or not isinstance(error, TransportError):
        return StoreUnavailable(f"OpenSearch does not answer: {_short(error)}")
    status, kind = error.status_code, str(error.error)
    if "cluster_block" in kind:
        return StoreUnavailable(f"OpenSearch takes nothing, an index is blocked: {_short(error)}", retry_after_seconds=BLOCKED_SECONDS)
    if status in {401, 403}:
        return ConfigurationError(f"OpenSearch refuses the user of opensearch.url: {_short(error)}")
    if status == 429 or not isinstance(status, int) or status >= 500:
        return StoreUnavailable(f"OpenSearch does not answer: {_short(error)}", retry_after_seconds=2)
    return InvalidInput(f"OpenSearch refuses a request: {_short(error)}", reason=f"opensearch_{status}")


def bulk(client: OpenSearch, actions: Sequence[tuple[dict[str, Any], dict[str, Any]]]) -> None:
    """Index documents: (action line, document) each. Items that were refused for want of room are tried again, others are not.

    Raises `StoreUnavailable` where some are left at the end: some of the others may be in, so repeat all.
    """
    for start in range(0, len(actions), BULK_ITEMS):
        _bulk(client, list(actions[start : start + BULK_ITEMS]))


def _bulk(client: OpenSearch, left: list[tuple[dict[str, Any], dict[str, Any]]]) -> None:
    pause_seconds, last = FIRST_PAUSE_SECONDS, ""
    for attempt in range(BULK_ATTEMPTS):
        if attempt:
            time.sleep(pause_seconds)
            pause_seconds *= 2
        with translated():
            answer = client.bulk(body=[line for action in left for line in action])
        if not answer["errors"]:
            return
        outcomes = [next(iter(item.values())) for item in answer["items"]]
        refused = [(action, outcome) for action, outcome in zip(left, outcomes, strict=True) if outcome["status"] >= 300]
        last = str(refused[0][1].get("error", ""))[:300]
        if hopeless := [outcome for _, outcome in refused if outcome["status"] != 429 and outcome["status"] < 500]:
            blocked = "cluster_block" in str(hopeless[0])
            raise StoreUnavailable(
                f"OpenSearch refuses {len(hopeless)} of {len(outcomes)} documents: {str(hopeless[0].get('error', ''))[:300]}",
                retry_after_seconds=BLOCKED_SECONDS if blocked else 5,
            )
        left = [action for action, _ in refused]
    raise StoreUnavailable(
        f"OpenSearch has no room for {len(left)} documents after {BULK_ATTEMPTS} attempts: {last}", retry_after_seconds=5
    )


def _short(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:300]
