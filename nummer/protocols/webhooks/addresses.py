"""Which addresses we call on a customer's behalf, and which lead to where only we should reach.

A name says little: what counts is each address that it resolves to, at the moment of the call
and for the connection itself (the gateway pins it).
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, IPv6Network
from typing import Final
from urllib.parse import unquote, urlsplit

PORT_MIN: Final = 1024  # of others than 443: what listens below is not a customer's program
HTTPS: Final = 443
HTTP: Final = 80

# Visible ASCII without what readers of addresses disagree about.
_PLAIN: Final = re.compile(r"[!#-;=?-\[\]_a-z~]+", re.IGNORECASE | re.ASCII)
_LABEL: Final = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_LAST: Final = r"[a-z](?:[a-z0-9-]{0,61}[a-z0-9])"  # never a number
_NAME: Final = re.compile(rf"(?:{_LABEL}\.)+{_LAST}\.?", re.IGNORECASE | re.ASCII)
_QUAD: Final = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}", re.ASCII)
_INSIDE: Final = (".localhost", ".local", ".internal", ".home.arpa", ".onion", ".test", ".invalid")

# Addresses inside of which another address stands; those that go through a relay reach anything.
_NAT64: Final = IPv6Network("64:ff9b::/96")  # RFC 6052
_RELAYED: Final = tuple(
    map(
        IPv6Network,
        (
            "64:ff9b:1::/48",  # RFC 8215, local-use translation
            "2001::/32",  # Teredo
            "2002::/16",  # 6to4
            "::/96",  # IPv4-compatible, deprecated
            "::ffff:0:0:0/96",  # RFC 2765, translated
            "fec0::/10",  # site-local, deprecated
            "5f00::/16",  # segment routing
        ),
    )
)
_RELAY_V4: Final = ipaddress.ip_network("192.88.99.0/24")  # 6to4 relays


class Wrong(StrEnum):
    """Why an address is not called."""

    MALFORMED = "malformed"
    NOT_HTTPS = "not_https"
    PORT = "port"
    INSIDE = "inside"  # ours, or nobody's
    NOT_FOUND = "not_found"


@dataclass(frozen=True, slots=True)
class Address:
    """An address taken apart once, so that nobody reads it in another way later."""

    scheme: str
    host: str
    port: int
    target: str = field(repr=False)  # path and query, as they are sent
    credentials: tuple[str, str] | None = field(default=None, repr=False)

    @property
    def authority(self) -> str:
        """Return what the header Host says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = HTTPS if self.scheme == "https" else HTTP
        return host if self.port == usual else f"{host}:{self.port}"


def read_address(url: str, *, loopback_allowed: bool) -> Address | Wrong:
    """Return an address taken apart, or why we do not call it.

    `loopback_allowed`: the sandbox, where a customer's server runs on this machine, by HTTP too.
    """
    if not _PLAIN.fullmatch(url):
        return Wrong.MALFORMED
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return Wrong.MALFORMED
    if parts.netloc.count("@") > 1 or "%" in parts.netloc.rpartition("@")[2] or not host:
        return Wrong.MALFORMED
    literal = literal_of(host)
    near = loopback_allowed and (
        host == "localhost" or (literal is not None and literal.is_loopback)
    )
    if parts.scheme != "https" and not (parts.scheme == "http" and near):
        return Wrong.NOT_HTTPS
    port = port if port is not None else (HTTPS if parts.scheme == "https" else HTTP)
    if not (port in (HTTPS, HTTP) if near else port == HTTPS) and not PORT_MIN <= port < 2**16:
        return Wrong.PORT
    if wrong := _wrong_host(host, literal=literal, near=near):
        return wrong
    target = parts.path or "/"
    return Address(
        scheme=parts.scheme,
        host=host.rstrip("."),
        port=port,
        target=f"{target}?{parts.query}" if parts.query else target,
        credentials=None
        if parts.username is None
        else (unquote(parts.username), unquote(parts.password or "")),
    )


def literal_of(host: str) -> IPv4Address | IPv6Address | None:
    """Return the address that a host is, in its one usual form; None for a name."""
    if not _QUAD.fullmatch(host) and ":" not in host:
        return None
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def is_public(text: str) -> bool:
    """Tell whether an address lies on the public internet, and whatever stands inside it, too."""
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return False
    return _is_public(found)


def is_loopback(text: str) -> bool:
    """Tell whether an address is this machine's own, said plainly."""
    try:
        return ipaddress.ip_address(text).is_loopback
    except ValueError:
        return False


def _is_public(found: IPv4Address | IPv6Address) -> bool:
    if isinstance(found, IPv6Address):
        if found.scope_id is not None:
            return False
        if found.ipv4_mapped is not None:
            return False  # no resolver has a reason to answer so
        if found in _NAT64:
            return _is_public(IPv4Address(int(found) & 0xFFFFFFFF))
        if any(found in network for network in _RELAYED):
            return False
    elif found in _RELAY_V4:
        return False
    return found.is_global and not found.is_multicast and not found.is_reserved


def _wrong_host(
    host: str, *, literal: IPv4Address | IPv6Address | None, near: bool
) -> Wrong | None:
    if near:
        return None
    if literal is not None:
        return None if _is_public(literal) else Wrong.INSIDE
    name = host.rstrip(".")
    if name == "localhost" or name.endswith(_INSIDE):
        return Wrong.INSIDE
    return None if _NAME.fullmatch(host) else Wrong.MALFORMED
