"""How a wholesaler is asked: by his port, with what the gate lets through."""

from __future__ import annotations

from datetime import datetime

from nummer.apps.outbound import actions as outbound
from nummer.apps.outbound.actions import Cleared
from nummer.apps.outbound.register import NUMBER_SUPPLIER
from nummer.apps.supply.errors import NoSuchSupplier
from nummer.apps.supply.ports import Wholesaler, wholesaler_called


def required(code: str) -> Wholesaler:
    """Return a wholesaler. Refuses: NoSuchSupplier."""
    found = wholesaler_called(code)
    if found is None:
        raise NoSuchSupplier
    return found


def question(purpose: str, *, now: datetime, **fields: str) -> Cleared:
    """Return what a wholesaler may read of a question: words of his own catalogue."""
    return outbound.clear(NUMBER_SUPPLIER, purpose, fields, account_id=None, now=now)
