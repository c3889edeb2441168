"""Small objects beside the tables in an object store, and the proof that its conditional put is atomic: Delta's commits rely on it."""

import threading
import uuid

from seiche.backends.object_store import open_store
from seiche.errors import ConfigurationError, StoreUnavailable

RACERS = 12
ROUNDS = 4


def put(url: str, options: dict[str, str] | None, key: str, body: bytes) -> None:
    """Replace one object. Raises `StoreUnavailable`."""
    import obstore
    from obstore.exceptions import BaseError

    try:
        obstore.put(open_store(url, options), key, body)
    except (BaseError, OSError) as error:
        raise StoreUnavailable(f"the object store does not answer: {_first_line(error)}") from error


def get(url: str, options: dict[str, str] | None, key: str) -> bytes:
    """One object. Raises `FileNotFoundError` where there is none, `StoreUnavailable`."""
    import obstore
    from obstore.exceptions import BaseError

    try:
        return bytes(obstore.get(open_store(url, options), key).bytes())
    except FileNotFoundError:
        raise
    except (BaseError, OSError) as error:
        raise StoreUnavailable(f"the object store does not answer: {_first_line(error)}") from error


def tag(url: str, options: dict[str, str] | None, key: str) -> str:
    """What changes when the object is replaced. Raises `FileNotFoundError` where there is none, `StoreUnavailable`."""
    import obstore
    from obstore.exceptions import BaseError

    try:
        found = obstore.head(open_store(url, options), key)
    except FileNotFoundError:
        raise
    except (BaseError, OSError) as error:
        raise StoreUnavailable(f"the object store does not answer: {_first_line(error)}") from error
    return f"{found['e_tag']} {found['last_modified']}"


def prove_conditional_put(url: str, options: dict[str, str] | None) -> None:
    """Let `RACERS` threads create the same object, `ROUNDS` times: exactly one may win each.

    Raises `ConfigurationError` where more did, or where the store ignores the condition: commits would be lost on it without an
    error. Raises `StoreUnavailable` where it does not answer. Leaves nothing behind.
    """
    import obstore
    from obstore.exceptions import AlreadyExistsError, BaseError, PreconditionError

    objects = open_store(url, options)
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
