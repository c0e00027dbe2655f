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
# What he calls it, what we call it.
_KINDS: Final = {"orders": "order", "address_verifications": "verification"}
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
    name, kind = said.get("id", ""), _KINDS.get(said.get("type", ""))
    if kind is None or not _ORDER.fullmatch(name):
        return False
    app.configure_task(HEAR_ORDER, queue=supplier_lane(code)).defer(
        supplier_id=code, **{f"{kind}_id": name}
    )
    return True


def hear_order(code: str, *, now: datetime, order: str = "", verification: str = "") -> None:
    """Ask whose order, or whose papers, were settled; take that lease one step on.

    It may run twice. Raises Unavailable. Refuses: NoSuchSupplier.
    """
    named = {"verification": verification} if verification else {"order": order}
    reference = required(code).reference(question("supply-order", now=now, **named))
    try:
        lease_id = UUID(hex=reference)
    except ValueError:
        return
    account_id = rented.account_of(lease_id, supplier=code)
    if account_id is not None:
        leases.supply(account_id, lease_id=lease_id, now=now)
