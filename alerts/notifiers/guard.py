"""Where webhooks may go: by resolved address, so that no name leads into the operator's own network."""

import ipaddress
import socket
from urllib.parse import SplitResult, urlsplit

from seiche.errors import Terminal, Transient

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def checked(url: str, *, allow_private: bool) -> tuple[SplitResult, str]:
    """The parts of `url` and the one address to connect to; it is not resolved again, so the answer cannot change in between.

    Raises `Terminal` where policy forbids it, `Transient` where the name does not resolve now.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise Terminal(f"{url!r} is not a usable address: {error}") from error
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise Terminal(f"{url!r} is not an http or https address")
    if parts.username or parts.password:
        raise Terminal("a webhook's address may not hold a user name or password: use the signature's secret instead")
    try:
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        raise Transient(f"{parts.hostname} cannot be resolved: {error}") from error
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    for address in addresses:
        if not allow_private and not public(ipaddress.ip_address(address.split("%", 1)[0])):
            raise Terminal(
                f"{parts.hostname} leads to {address}, which is not a public address; "
                "set SEICHE_ALERTS__ALLOW_PRIVATE_WEBHOOKS=true if webhooks may reach your own network"
            )
    return parts, addresses[0]


def public(address: Address) -> bool:
    """Whether it is on the open internet, also where IPv6 wraps an IPv4 address."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if address in NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return public(inner)
    return address.is_global and not address.is_multicast and not address.is_reserved
