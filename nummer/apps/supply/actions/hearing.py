"""What a wholesaler tells by himself: that an order of ours is settled."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from procrastinate.contrib.django import app

from nummer.apps.leases import actions as leases
from nummer.apps.leases import queries as rented
from nummer.apps.supply.actions.asking import question, required
from nummer.apps.supply.errors import SupplierNotGenuine
from nummer.kernel.jobs import HEAR_ORDER, supplier_lane

FIELDS_MAX: Final = 20
FIELD_LENGTH_MAX: Final = 300
_ORDER: Final = re.compile(r"[A-Za-z0-9-]{1,60}", re.ASCII)


def receive_callback(code: str, *, said: Mapping[str, str], signature: str) -> bool:
    """Take a wholesaler's word that something is settled: a job asks him what.

    Nothing is believed but that it is worth asking; a callback that comes twice asks twice.
    Returns whether it was of use. Refuses: NoSuchSupplier, SupplierNotGenuine.
    """
    wholesaler = required(code)
    known = len(said) <= FIELDS_MAX and all(len(text) <= FIELD_LENGTH_MAX for text in said.values())
    if not known or not wholesaler.genuine(dict(said), signature=signature):
        raise SupplierNotGenuine
    order = said.get("id", "")
    if said.get("type") != "orders" or not _ORDER.fullmatch(order):
        return False
    app.configure_task(HEAR_ORDER, queue=supplier_lane(code)).defer(
        supplier_id=code, order_id=order
    )
    return True


def hear_order(code: str, *, order: str, now: datetime) -> None:
    """Ask whose order was settled, and take that lease one step on. It may run twice.

    Raises Unavailable. Refuses: NoSuchSupplier.
    """
    reference = required(code).reference(question("supply-order", now=now, order=order))
    try:
        lease_id = UUID(hex=reference)
    except ValueError:
        return
    account_id = rented.account_of(lease_id, supplier=code)
    if account_id is not None:
        leases.supply(account_id, lease_id=lease_id, now=now)
