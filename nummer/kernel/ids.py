"""Ids, made in the application so that a shard never has to."""

from __future__ import annotations

from uuid import UUID, uuid5

from uuid6 import uuid7

_OPERATIONS = UUID("6f0d8f0e-3f0b-5b0a-9c39-0f1f6f2b8a11")


def new_id() -> UUID:
    """Return a new uuid7 (RFC 9562, section 5.7): later ids sort after earlier ones."""
    return UUID(int=uuid7().int)


def id_of(*words: str | int | UUID) -> UUID:
    """Return the same uuid5 for the same words: the idempotency key of a caller's own key."""
    return uuid5(_OPERATIONS, "\x1f".join(str(word) for word in words))
