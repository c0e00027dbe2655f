"""Purchases by programs: a key carries what its owner accepted and consented to (K43)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from nummer.apps.agreements import queries as agreements
from nummer.apps.agreements.queries import AcceptedText
from nummer.apps.orders.actions import Placed, Wish, place_one_time
from nummer.apps.orders.errors import TextsOutdated
from nummer.kernel.money import Money
from nummer.kernel.remembered import Remembered

KEYS_KNOWN_MAX: Final = 20_000  # in each process

# What was accepted when a key was created. A purchase compares it with the texts in force, so a
# text that has changed is noticed there.
_ACCEPTED: Final[Remembered[Sequence[AcceptedText]]] = Remembered(KEYS_KNOWN_MAX)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyWish:
    """What a program orders; the fields mean what they mean in `Wish`."""

    service: str
    country: str
    key: UUID
    surface: str
    key_id: UUID
    max_price: Money | None = None
    carrier: str | None = None
    excluded_prefixes: Sequence[str] = ()
    dialect: str | None = None
    note: UUID | None = None


def place_by_key(account_id: int, *, wish: KeyWish, now: datetime) -> Placed:
    """Sell one number to a program, as `place_one_time` does.

    Refuses: what that refuses; AcceptanceMissing, TextsChanged (until the texts of the key are
    accepted again). Locks: as there.
    """
    accepted = _ACCEPTED.get(wish.key_id)
    if accepted is not None:
        try:
            return place_one_time(account_id, wish=_consenting(wish, accepted), now=now)
        except TextsOutdated:  # what was accepted since, if anything, is known to the tables only
            _ACCEPTED.forget(wish.key_id)
    accepted = agreements.current_for_key(wish.key_id, now=now)
    _ACCEPTED.keep(wish.key_id, accepted)
    return place_one_time(account_id, wish=_consenting(wish, accepted), now=now)


def _consenting(wish: KeyWish, accepted: Sequence[AcceptedText]) -> Wish:
    return Wish(
        service=wish.service,
        country=wish.country,
        key=wish.key,
        surface=wish.surface,
        texts=accepted,
        consent_immediate=True,  # K43: given, with the texts above, when the key was created
        consent_loss=True,
        max_price=wish.max_price,
        carrier=wish.carrier,
        excluded_prefixes=wish.excluded_prefixes,
        key_id=wish.key_id,
        dialect=wish.dialect,
        note=wish.note,
    )
