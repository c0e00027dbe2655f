"""How often somebody without a login may send a form: counted for all processes, as a digest."""

from __future__ import annotations

from datetime import datetime

from django.core.cache import cache

from nummer.apps.vault.actions import keyed_digest
from nummer.kernel.limits import subscriber_of


def wait_s(form: str, address: str | None, *, most: int, within_s: int, now: datetime) -> int:
    """Count a form and return 0, or how long its sender must wait.

    It is counted in the cache that all processes share, by the address of the network, for twice
    the time at most.
    """
    at_s = int(now.timestamp())
    of = keyed_digest(form, f"{subscriber_of(address)}|{at_s // within_s}").hex()
    cache.add(f"{form}-{of}", 0, timeout=2 * within_s)
    try:
        allowed = cache.incr(f"{form}-{of}") <= most
    except ValueError:  # thrown out of a full cache: nobody is refused for that
        allowed = True
    return 0 if allowed else within_s - at_s % within_s
