"""Which ports the processes get: the next ones after the product's own where they are free."""

import socket
from collections.abc import Iterator

import psutil

from seiche.errors import ConfigurationError

LOOPBACK = "127.0.0.1"
EVERYWHERE = frozenset({"0.0.0.0", "::", ""})


def own_port(host: str, port: int) -> int:
    """The port people asked for; 0 means any. Raises `ConfigurationError` where somebody else listens on it."""
    try:
        return _bindable(host, port)
    except PermissionError as error:
        raise ConfigurationError(f"port {port} needs rights that this user lacks: choose --port 1024 or above") from error
    except OSError as error:
        raise ConfigurationError(
            f"port {port} of {host} cannot be had ({error.strerror}): stop what uses it, or choose another --port"
        ) from error


def ports_after(port: int) -> Iterator[int]:
    """Ports of loopback, each free when it is given: the next ones after `port`, then any."""
    for candidate in range(port + 1, min(port + 51, 65_536)):
        try:
            yield _bindable(LOOPBACK, candidate)
        except OSError:
            continue
    while True:
        yield _bindable(LOOPBACK, 0)


def _bindable(host: str, port: int) -> int:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))
        probe.listen(1)
        return int(probe.getsockname()[1])


def reachable(host: str) -> str:
    """A host that others can put into a URL: of "every address" the first that leaves this machine."""
    if host not in EVERYWHERE:
        return f"[{host}]" if ":" in host else host
    for addresses in psutil.net_if_addrs().values():
        for address in addresses:
            if address.family == socket.AF_INET and not address.address.startswith(("127.", "169.254.")):
                return address.address
    return LOOPBACK


def local(host: str) -> str:
    """Where a process of this machine reaches it."""
    return LOOPBACK if host in EVERYWHERE else host
