"""Networks from which a key may bind: as people write them, as we keep them, and who is in them."""

from __future__ import annotations

import re
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

from nummer.apps.accounts.errors import NetworksNotReadable

NETWORKS_MAX: Final = 20
_BETWEEN: Final = re.compile(r"[\s,;]+")


def read_networks(text: str) -> str:
    """Return addresses and networks one a line, each once, in the order given; empty for none.

    A host's bits beside a network are left out: 198.51.100.7/24 is 198.51.100.0/24.
    Refuses: NetworksNotReadable.
    """
    words = [word for word in _BETWEEN.split(text.strip()) if word]
    if len(words) > NETWORKS_MAX:
        raise NetworksNotReadable(networks_max=NETWORKS_MAX)
    try:
        networks = [ip_network(word, strict=False) for word in words]
    except ValueError:
        raise NetworksNotReadable(networks_max=NETWORKS_MAX) from None
    return "\n".join(dict.fromkeys(str(network) for network in networks))


def within(networks: str, *, address: str) -> bool:
    """Tell whether an address lies in networks that `read_networks` returned; in none: anywhere."""
    if not networks:
        return True
    try:
        found = ip_address(address)
    except ValueError:
        return False  # nobody's network
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped  # how a socket for both families names the old one
    return any(found in ip_network(network) for network in networks.split("\n"))
