"""Which purchases are the same one, said twice (ADR 0060).

A client that sends an order id decides itself. One that does not may still ask in the second
form after the first failed (`getNumberV2`, then `getNumber`): the first form leaves a note with
its key before it buys, and the second form, within a minute, uses that note once.
"""

from __future__ import annotations

from uuid import UUID

from nummer.kernel.ids import id_of


def key_of_order_id(key_id: UUID, *, order_id: str) -> UUID:
    """Return the idempotency key of the caller's own order id."""
    return id_of("activate", key_id, order_id)


def note_of(key_id: UUID, *, wish: str) -> UUID:
    """Return under which note the first form leaves its key, and the second form looks."""
    return id_of("activate note", key_id, wish)
