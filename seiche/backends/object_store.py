"""Obstore's handle on an object store, from the options that deltalake takes: one set of settings serves both."""

from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from obstore.store import ObjectStore

CONNECT, ANSWER = "5s", "30s"
RETRY_SECONDS = 15


def open_store(url: str, options: dict[str, str] | None) -> "ObjectStore":
    """`options` as `aws_region`, `aws_endpoint_url`, `aws_allow_http` and so on; one handle for the same options. Asks nothing yet."""
    return _open(url, tuple(sorted((options or {}).items())))


@lru_cache(maxsize=8)
def _open(url: str, options: tuple[tuple[str, str], ...]) -> "ObjectStore":
    from obstore.store import from_url

    given = {name.lower().removeprefix("aws_"): value for name, value in options}
    client: dict[str, Any] = {"timeout": ANSWER, "connect_timeout": CONNECT}
    if given.pop("allow_http", "").lower() == "true":
        client["allow_http"] = True
    retries: Any = {"max_retries": 2, "retry_timeout": timedelta(seconds=RETRY_SECONDS)}
    made: ObjectStore = from_url(url, config=given, client_options=client, retry_config=retries)  # type: ignore[call-overload] # by the URL
    return made
