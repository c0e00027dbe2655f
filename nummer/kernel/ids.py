"""Ids, made in the application so that a shard never has to."""

from __future__ import annotations

import threading
import time
from os import urandom
from typing import Final
from uuid import UUID, uuid5

_OPERATIONS = UUID("6f0d8f0e-3f0b-5b0a-9c39-0f1f6f2b8a11")
_MS: Final = 1_000_000  # nanoseconds
_VERSION: Final = 7 << 76
_VARIANT: Final = 2 << 62
_RANDOM_BITS: Final = 48
_LOW_PLACES: Final = 0x3FFF


class _Last:
    """The last millisecond and the place in it: RFC 9562, section 6.2, method 1."""

    lock: Final = threading.Lock()
    ms = 0
    place = 0  # 26 bits: more ids than a process can make in a millisecond


def new_id() -> UUID:
    """Return a new uuid7 (RFC 9562, section 5.7): later ids sort after earlier ones."""
    return new_ids(1)[0]


def new_ids(count: int) -> list[UUID]:
    """Return so many new uuid7, each after the one before; for a batch, in one go.

    Ids of one millisecond are counted, since a time that runs ahead by a millisecond for each id
    is minutes ahead of the clock, and of other processes, after a busy minute.
    """
    with _Last.lock:
        ms = time.time_ns() // _MS
        if ms > _Last.ms:
            _Last.ms, _Last.place = ms, 0
        first = _Last.place
        _Last.place += count
        head = _Last.ms << 80 | _VERSION | _VARIANT
    octets = urandom(6 * count)
    return [
        UUID(
            int=head
            | (place >> 14) << 64
            | (place & _LOW_PLACES) << _RANDOM_BITS
            | int.from_bytes(octets[at : at + 6], "big")
        )
        for at, place in zip(range(0, 6 * count, 6), range(first, first + count), strict=True)
    ]


def id_of(*words: str | int | UUID) -> UUID:
    """Return the same uuid5 for the same words: the idempotency key of a caller's own key."""
    return uuid5(_OPERATIONS, "\x1f".join(str(word) for word in words))
