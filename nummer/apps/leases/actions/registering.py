"""The dossier of an order at a supplier who wants to know who holds his number.

He is asked what he has before anything is sent; the row of the transfer is committed before that,
and his verdict is written in the transaction that acts upon it (ADR 310).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from nummer.apps.identity import actions as identity
from nummer.apps.identity import queries as papers
from nummer.apps.identity.errors import PapersNotComplete
from nummer.apps.identity.queries import Asked
from nummer.apps.identity.words import Verdict
from nummer.apps.leases.ports import (
    Answer,
    Registered,
    RegisteringSupplier,
    Stand,
    registrar_called,
)
from nummer.apps.outbound import actions as outbound
from nummer.apps.outbound.actions import Cleared
from nummer.apps.outbound.register import NUMBER_SUPPLIER
from nummer.apps.vault.errors import KeyDestroyed

ANSWERS: Final = {
    Stand.REFUSED: Answer.PAPERS,
    Stand.UNFIT: Answer.REFUSED,
}
_VERDICTS: Final = {Stand.ACCEPTED: Verdict.ACCEPTED, Stand.REFUSED: Verdict.REFUSED}


@dataclass(frozen=True, slots=True)
class Waiting:
    """An order that a supplier has taken, and what its rule asks for."""

    account_id: int
    lease_id: UUID
    supplier: str
    reference: str
    wanted: Asked


def register(order: Waiting, *, now: datetime) -> Registered | None:
    """Bring a dossier to the supplier where he wants one; None: he asks for none.

    Raises Unavailable; a later job then asks him first what he has. No lock is held meanwhile.
    """
    supplier = registrar_called(order.supplier)
    if supplier is None or not order.wanted:
        return None
    found = supplier.registered(_question(order, now))
    if found.stand is not Stand.WANTED:
        return None if found.stand is Stand.NOT_WANTED else found
    try:
        if not _may_send(order, now):
            return Registered(Stand.PENDING)
        return _send(order, supplier, now)
    except (PapersNotComplete, KeyDestroyed):  # they ended meanwhile: the order ends in time
        return Registered(Stand.PENDING)


def note(account_id: int, *, lease_id: UUID, found: Registered, now: datetime) -> None:
    """Write down a supplier's verdict, inside the transaction that acts upon it."""
    verdict = _VERDICTS.get(found.stand)
    if verdict is not None:
        identity.note_verdict(
            account_id, order_id=lease_id, verdict=verdict, said=found.said, now=now
        )


def note_supplied(account_id: int, *, lease_id: UUID, now: datetime) -> None:
    """Write down that a dossier was accepted where the number works before anybody asked."""
    sent = papers.transfer(account_id, order_id=lease_id)
    if sent is not None and sent.sent_at is not None:
        identity.note_verdict(account_id, order_id=lease_id, verdict=Verdict.ACCEPTED, now=now)


def _may_send(order: Waiting, now: datetime) -> bool:
    verdict = identity.begin_transfer(
        order.account_id,
        order_id=order.lease_id,
        supplier=order.supplier,
        wanted=order.wanted,
        now=now,
    )
    return verdict is None


def _send(order: Waiting, supplier: RegisteringSupplier, now: datetime) -> Registered:
    who = {"order_id": order.lease_id}
    try:
        dossier = identity.dossier_of(order.account_id, **who, now=now)
        found = supplier.register(
            _question(order, now), dossier=dossier.declared, papers=dossier.documents
        )
    except BaseException:
        identity.give_up_sending(order.account_id, **who)
        raise
    if found.stand is not Stand.NOT_WANTED:
        identity.note_sent(order.account_id, **who, now=now)
    return found


def _question(order: Waiting, now: datetime) -> Cleared:
    return outbound.clear(
        NUMBER_SUPPLIER,
        "number-look-up",
        {"reference": order.reference},
        account_id=None,
        now=now,
    )
