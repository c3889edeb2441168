"""Redis, as `seiche doctor` looks at it; limits are counted in it by the `limits` library."""

import msgspec
import redis

from seiche.errors import ConfigurationError, StoreUnavailable

ANSWER_SECONDS = 2.0


class Redis(msgspec.Struct, frozen=True):
    """What a server says of itself."""

    version: str
    evicts: str
    """The policy by which keys are thrown away when memory is full; "" where none are."""
    is_kept: bool
    """Whether counts survive its restart."""


def health(url: str) -> Redis:
    """Raises `StoreUnavailable` where it does not answer, `ConfigurationError` where the address cannot be read."""
    try:
        client = redis.Redis.from_url(url, socket_timeout=ANSWER_SECONDS, socket_connect_timeout=ANSWER_SECONDS)
    except ValueError as error:
        raise ConfigurationError(f"limits.storage_url cannot be read ({error}): write redis://HOST:PORT/0") from error
    try:
        told = client.info()
    except redis.RedisError as error:
        raise StoreUnavailable(f"Redis does not answer: {error}") from error
    finally:
        client.close()
    policy = str(told.get("maxmemory_policy", "noeviction")) if told.get("maxmemory") else "noeviction"
    return Redis(
        version=str(told["redis_version"]),
        evicts="" if policy == "noeviction" else policy,
        is_kept=bool(told.get("aof_enabled")),
    )
