"""What a lending supplier is told: that a period was added to a lease, or that it ended.

The instruction is written in the transaction of its cause and carried out by a job in the
supplier's lane; a due row gives a job that was lost another one.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog
from django.db import transaction
from procrastinate.contrib.django import app

from nummer.apps.leases.actions import rows
from nummer.apps.leases.models import Instruction, Lease, Verb
from nummer.apps.leases.ports import LendingSupplier, Told, lender_called
from nummer.apps.outbound import actions as outbound
from nummer.apps.outbound.register import NUMBER_SUPPLIER
from nummer.kernel.ids import id_of
from nummer.kernel.jobs import TELL_SUPPLIER, supplier_lane

AGAIN_AFTER: Final = timedelta(minutes=15)
AGAIN_AFTER_MAX: Final = timedelta(hours=12)
WATCHED: Final = timedelta(days=2)  # an order that nobody saw arrive may still do so
_DOUBLED_MAX: Final = 6  # 15 minutes doubled six times is more than AGAIN_AFTER_MAX

log = structlog.get_logger(__name__)


def instruct(row: Lease, *, verb: Verb, now: datetime) -> None:
    """Have the supplier of a locked lease told, once for each period or end.

    Nothing is written for a supplier whose numbers are ours whoever rents them.
    """
    if lender_called(row.supplier) is None:
        return
    made, fresh = Instruction.objects.get_or_create(
        account_id=row.account_id,
        id=id_of("instruction", verb.value, row.id, row.periods),
        defaults={
            "lease_id": row.id,
            "supplier": row.supplier,
            "reference": (row.supply_id or row.id).hex,
            "e164": row.e164,
            "verb": verb,
            "made_at": now,
            "due_at": now + AGAIN_AFTER,
        },
    )
    if fresh:
        _defer(made)


def tell_again(account_id: int, *, lease_id: UUID, now: datetime) -> None:
    """Tell a supplier anew what should have become of a lease's number: it stays, or goes back.

    An instruction that is still due is enough. Refuses: NoSuchLease. Locks: the lease.
    """
    with transaction.atomic():
        row = rows.locked(account_id, lease_id)
        verb = Verb.RENEW if row.ended_at is None else Verb.STOP
        told = Instruction.objects.select_for_update().filter(
            account_id=account_id, lease_id=lease_id, verb=verb
        )
        if told.filter(due_at__isnull=False).exists():
            return
        last = told.order_by("-made_at").first()
        if last is None:
            instruct(row, verb=verb, now=now)
            return
        last.due_at, last.done_at, last.answer = now + AGAIN_AFTER, None, ""
        last.save(update_fields=["due_at", "done_at", "answer"])
        _defer(last)


def look_after_instruction(account_id: int, *, instruction_id: UUID, at: datetime) -> None:
    """In the sweeper: give an instruction that is still due another job. Locks: its row."""
    with transaction.atomic():
        row = _locked(account_id, instruction_id)
        if row.due_at is None or row.due_at > at:
            return
        row.due_at = at + min(AGAIN_AFTER * 2 ** min(row.tries, _DOUBLED_MAX), AGAIN_AFTER_MAX)
        row.save(update_fields=["due_at"])
        _defer(row)


def tell_supplier(account_id: int, *, instruction_id: UUID, now: datetime) -> None:
    """Carry an instruction out. It may run twice: the supplier does what is done already once.

    Raises Unavailable: the supplier is away; the instruction waits on.
    Locks: the instruction; not while the supplier is asked.
    """
    with transaction.atomic():
        row = _locked(account_id, instruction_id)
        supplier = lender_called(row.supplier)
        if row.due_at is None or supplier is None:
            return
        row.tries += 1
        row.save(update_fields=["tries"])
    answer = _tell(supplier, row, now)
    with transaction.atomic():
        row = _locked(account_id, instruction_id)
        if row.due_at is not None and _settles(row, answer, now):
            row.due_at, row.done_at, row.answer = None, now, answer.value
            row.save(update_fields=["due_at", "done_at", "answer"])
    if answer is Told.GONE and row.verb == Verb.RENEW:
        log.error("a supplier no longer has a number that is rented", supplier=row.supplier)


def _tell(supplier: LendingSupplier, row: Instruction, now: datetime) -> Told:
    """Say it; nobody's data leaves: a number of the supplier's own, and the name of an order."""
    fields = {"reference": row.reference, "number": row.e164}
    cleared = outbound.clear(
        NUMBER_SUPPLIER, f"number-{row.verb}", fields, account_id=None, now=now
    )
    return supplier.renew(cleared) if row.verb == Verb.RENEW else supplier.stop(cleared)


def _settles(row: Instruction, answer: Told, now: datetime) -> bool:
    """Say whether an answer ends it: an order that is unknown may have been sent and come late."""
    match answer:
        case Told.DONE:
            return True
        case Told.GONE:
            return row.verb == Verb.RENEW or now >= row.made_at + WATCHED
        case Told.WAITING:
            return False


def _locked(account_id: int, instruction_id: UUID) -> Instruction:
    return Instruction.objects.select_for_update().get(account_id=account_id, id=instruction_id)


def _defer(row: Instruction) -> None:
    task = app.configure_task(TELL_SUPPLIER, queue=supplier_lane(row.supplier))
    task.defer(account_id=row.account_id, instruction_id=str(row.id))
