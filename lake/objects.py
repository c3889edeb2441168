"""Small objects beside the tables in an object store, and the proof that its conditional put is atomic: Delta's commits rely on it."""

import threading
import uuid
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from seiche.errors import ConfigurationError, StoreUnavailable

if TYPE_CHECKING:
    from obstore.store import ObjectStore

RACERS = 12
ROUNDS = 4
TIMEOUT = "15s"


def put(url: str, options: dict[str, str] | None, key: str, body: bytes) -> None:
    """Replace one object. Raises `StoreUnavailable`."""
    import obstore
    from obstore.exceptions import BaseError

    try:
        obstore.put(store(url, options), key, body)
    except (BaseError, OSError) as error:
        raise StoreUnavailable(f"the object store does not answer: {_first_line(error)}") from error


def get(url: str, options: dict[str, str] | None, key: str) -> bytes:
    """One object. Raises `FileNotFoundError` where there is none, `StoreUnavailable`."""
    import obstore
    from obstore.exceptions import BaseError

    try:
        return bytes(obstore.get(store(url, options), key).bytes())
    except FileNotFoundError:
        raise
    except (BaseError, OSError) as error:
        raise StoreUnavailable(f"the object store does not answer: {_first_line(error)}") from error


def store(url: str, options: dict[str, str] | None) -> "ObjectStore":
    """Obstore's handle; `options` are deltalake's."""
    return _store(url, tuple(sorted((options or {}).items())))


@lru_cache(maxsize=8)
def _store(url: str, options: tuple[tuple[str, str], ...]) -> "ObjectStore":
    from obstore.store import from_url

    given: dict[str, Any] = {name.lower().removeprefix("aws_"): value for name, value in options if name.lower() != "aws_allow_http"}
    client: dict[str, Any] = {"timeout": TIMEOUT, "connect_timeout": "5s"}
    if dict(options).get("aws_allow_http", "").lower() == "true":
        client["allow_http"] = True
    made: ObjectStore = from_url(url, config=given, client_options=client, retry_config=_patience())  # type: ignore[call-overload] # names by store
    return made


def _patience() -> Any:
    from datetime import timedelta

    return {"max_retries": 2, "retry_timeout": timedelta(seconds=15)}


def prove_conditional_put(url: str, options: dict[str, str] | None) -> None:
    """Let `RACERS` threads create the same object, `ROUNDS` times: exactly one may win each.

    Raises `ConfigurationError` where more did, or where the store ignores the condition: commits would be lost on it without an
    error. Raises `StoreUnavailable` where it does not answer. Leaves nothing behind.
    """
    import obstore
    from obstore.exceptions import AlreadyExistsError, BaseError, PreconditionError

    objects = store(url, options)
    for _ in range(ROUNDS):
        key, start = f"_seiche/probe-{uuid.uuid4().hex}", threading.Barrier(RACERS)
        winners: list[int] = []
        faults: list[Exception] = []

        def race(
            number: int, key: str = key, start: threading.Barrier = start, winners: list[int] = winners, faults: list[Exception] = faults
        ) -> None:
            start.wait()
            try:
                obstore.put(objects, key, f"{number}".encode(), mode="create")
                winners.append(number)
            except (AlreadyExistsError, PreconditionError):
                pass
            except (BaseError, OSError, NotImplementedError) as error:
                faults.append(error)

        threads = [threading.Thread(target=race, args=(number,)) for number in range(RACERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if not winners and faults:
            raise StoreUnavailable(f"the object store of the lake ({url}) does not answer: {_first_line(faults[0])}", retry_after_seconds=5)
        obstore.delete(objects, key)
        if len(winners) != 1:
            raise ConfigurationError(
                f"the object store at {url} let {len(winners)} of {RACERS} writers create the same object: its conditional put "
                "(If-None-Match) is not atomic, and two commits to one table would both be told that they won. Use a store whose is"
            )


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:300]
