"""What prices, costs and prefixes must be before they are kept, of texts and of talk."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from django.db import IntegrityError, transaction

from nummer.apps.catalogue.errors import (
    CarrierCodeRefused,
    PrefixRefused,
    PriceInThePast,
    PriceNotPayable,
    PriceTaken,
)
from nummer.kernel.money import Money, known_currencies

CARRIER_CODE: Final = re.compile(r"[a-z0-9-]{1,20}", re.ASCII)
_PREFIX: Final = re.compile(r"[0-9]{0,15}", re.ASCII)


@contextmanager
def one_begins_at_a_moment() -> Iterator[None]:
    """Say it where a row of that moment is there already. Refuses: PriceTaken."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        raise PriceTaken from None


def require_prefix(prefix: str) -> None:
    """Ask for at most 15 digits. Refuses: PrefixRefused."""
    if not _PREFIX.fullmatch(prefix):
        raise PrefixRefused


def require_code(code: str) -> None:
    """Ask for the short word of a carrier or supplier. Refuses: CarrierCodeRefused."""
    if not CARRIER_CODE.fullmatch(code):
        raise CarrierCodeRefused


def require_sum(amount: Money | None, *, currency: str, least: int) -> None:
    """Ask for a sum of a currency that we know, or none. Refuses: PriceNotPayable."""
    if currency not in known_currencies():
        raise PriceNotPayable
    if amount is None:
        return
    assert amount.currency == currency, "a line is in one currency"
    if amount.micro < least:
        raise PriceNotPayable


def require_future(from_at: datetime, *, now: datetime) -> None:
    """Ask for a moment that has not passed. Refuses: PriceInThePast."""
    if from_at < now:
        raise PriceInThePast
