"""How often a program may call: a bucket of tokens for each key, in this process."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from ipaddress import IPv4Address, IPv6Network, ip_address
from threading import Lock
from typing import Final

KEYS_MAX: Final = 10_000

_SUBSCRIBER_BITS: Final = 64


class CallLimit:
    """Lets `burst` calls of a key through at once and `per_s` a second from then on.

    It guards the process, so it counts in the process, without a query; what an account may
    order is another question (`standing`). It forgets the key that called longest ago.
    """

    def __init__(
        self, *, per_s: float, burst: int, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._per_s = per_s
        self._burst = burst
        self._monotonic = monotonic
        self._buckets: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()
        self._lock = Lock()

    def allow(self, *, per_s: float, burst: int) -> None:
        """Set other limits, as the operator does; what was counted stays."""
        with self._lock:
            self._per_s, self._burst = per_s, burst

    def wait_s(self, key: Hashable) -> float:
        """Take a token and return 0, or return how long the key must wait for the next one."""
        with self._lock:
            at = self._monotonic()
            tokens, since = self._buckets.pop(key, (float(self._burst), at))
            tokens = min(self._burst, tokens + (at - since) * self._per_s)
            allowed = tokens >= 1
            self._buckets[key] = (tokens - 1 if allowed else tokens, at)
            if len(self._buckets) > KEYS_MAX:
                self._buckets.popitem(last=False)
        return 0 if allowed else (1 - tokens) / self._per_s


PROGRAMS: Final = CallLimit(per_s=50, burst=200)


def subscriber_of(address: str | None) -> str:
    """Return what to count a visitor by: his IPv4 address, or the /64 of his IPv6 address.

    A subscriber has at least a /64 to himself (RFC 6177, section 2): counted one by one, its
    addresses would never come to an end. What is no address is returned as it is.
    """
    try:
        read = ip_address(address or "")
    except ValueError:
        return address or ""
    if isinstance(read, IPv4Address):
        return str(read)
    if mapped := read.ipv4_mapped:
        return str(mapped)
    return str(IPv6Network((int(read), _SUBSCRIBER_BITS), strict=False))
