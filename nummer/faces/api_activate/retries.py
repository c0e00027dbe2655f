"""Which purchases are the same one, said twice (ADR 0060).

A client that sends an order id decides itself. One that does not may still ask in the second
form after the first failed (`getNumberV2`, then `getNumber`): the first form leaves a note with
its key before it buys, and the second form, within a minute, uses that note once.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.core.cache import cache

from nummer.kernel.ids import id_of, new_id

WINDOW_S: Final = 60


def key_of_order_id(key_id: UUID, *, order_id: str) -> UUID:
    """Return the idempotency key of the caller's own order id."""
    return id_of("activate", key_id, order_id)


def note_first_form(key_id: UUID, *, wish: str) -> UUID:
    """Make the idempotency key of a purchase in the first form and leave a note of it."""
    key = new_id()
    cache.set(_place(key_id, wish), str(key), WINDOW_S)
    return key


def take_first_form(key_id: UUID, *, wish: str) -> UUID | None:
    """Return the key that the first form left for the same wish, to one caller only."""
    place = _place(key_id, wish)
    noted = cache.get(place)
    if noted is None or not cache.delete(place):
        return None
    return UUID(noted)


def _place(key_id: UUID, wish: str) -> str:
    return f"activate:{id_of(key_id, wish)}"
