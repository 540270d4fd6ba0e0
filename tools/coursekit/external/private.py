"""Whether a host is private: this computer, the network around it, or a range that nobody serves pages in.

Judged are all spellings that a browser or the system's resolver takes for an address, since the one that is left
out is the one that gets used.
"""

from __future__ import annotations

import re
import socket
import unicodedata
from ipaddress import IPv4Address, IPv6Address, IPv6Network
from urllib.parse import unquote

_PRIVATE_NAMES = frozenset({"localhost", "local", "internal", "lan", "home", "corp", "home.arpa"})
_NUMBER = r"(?:0x[0-9a-f]*|[0-9]+)"
_NUMERIC = re.compile(rf"{_NUMBER}(?:\.{_NUMBER}){{0,3}}")
_UNICAST = IPv6Network("2000::/3")  # all that was ever given out
_TUNNELS = (
    IPv6Network("2002::/16"),
    IPv6Network("2001::/32"),
)  # 6to4 and Teredo carry an IPv4 address inside
_NAT64 = IPv6Network("64:ff9b::/96")

Address = IPv4Address | IPv6Address


def private_host(host: str) -> str | None:
    """The private address or name that a host is a spelling of; None for a public one, and for other names."""
    name = _plain(host)
    address = literal(name)
    if address is not None:
        return str(_inner(address) or address) if is_private(address) else None
    labels = name.split(".")
    if not name or (len(labels) > 1 and not {labels[-1], ".".join(labels[-2:])} & _PRIVATE_NAMES):
        return None
    return name


def literal(host: str) -> Address | None:
    """The IP address that a host is written as, also in decimal, octal or hexadecimal; None for a name."""
    try:
        if ":" in host:
            return IPv6Address(host.strip("[]"))
        return IPv4Address(socket.inet_aton(host)) if _NUMERIC.fullmatch(host) else None
    except (OSError, ValueError):
        return None


def is_private(address: Address) -> bool:
    """Whether an address is not one of the public internet."""
    if isinstance(address, IPv4Address):
        return not address.is_global or address.is_multicast
    inner = _inner(address)
    if inner is not None:
        return is_private(inner)
    return (
        bool(address.scope_id)
        or address not in _UNICAST
        or any(address in tunnel for tunnel in _TUNNELS)
        or not address.is_global
    )


def _inner(address: Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 one means: mapped, or translated for hosts that have IPv6 only."""
    if isinstance(address, IPv4Address) or address.scope_id:
        return None
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped


def _plain(host: str) -> str:
    """A host as resolvers see it: no percent signs, no full-width digits, no dot at the end."""
    text = unicodedata.normalize("NFKC", unquote(host)).replace("\u3002", ".")
    return text.strip().lower().strip("[]").rstrip(".")
