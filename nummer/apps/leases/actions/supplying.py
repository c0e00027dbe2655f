"""From paid to active, or failed with its reason: papers, the supplier, and his answers.

The supplier is asked by a job, outside of any transaction; a due row gives a job that was lost
another one, and ends an order that nobody fulfils.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, assert_never
from uuid import UUID

from django.db import transaction

from nummer.apps.accounts import queries as accounts
from nummer.apps.identity import queries as identity
from nummer.apps.incidents.actions import facts as incidents
from nummer.apps.incidents.actions.facts import Kind, Source, Subject, SubjectKind, Told
from nummer.apps.leases import queries
from nummer.apps.leases.actions import letters, registering, rows, stock, telling
from nummer.apps.leases.actions.renting import LOOKED_AFTER, defer_supply, period_id
from nummer.apps.leases.models import Holding, Lease, Period, Verb
from nummer.apps.leases.papers import asked_by_number
from nummer.apps.leases.ports import Answer, Registered, Stand, papers_needed, supplier_called
from nummer.apps.ledger import actions as ledger
from nummer.apps.outbound import actions as outbound
from nummer.apps.outbound.register import NUMBER_SUPPLIER
from nummer.kernel.ids import id_of, new_id
from nummer.kernel.money import Money
from nummer.policy.lease import LeaseEvent, LeaseState, period_of, supplied_by

LOOKED_AFTER_MAX: Final = timedelta(hours=12)
_DOUBLED_MAX: Final = 6  # 15 minutes doubled six times is more than LOOKED_AFTER_MAX
SYSTEM: Final = "system:leases"


@dataclass(frozen=True, slots=True)
class _Asked:
    """What to ask the supplier about; `again` if he may know the order already."""

    supplier: str
    number: str
    reference: str
    again: bool
    wanted: identity.Asked


def supply(account_id: int, *, lease_id: UUID, now: datetime) -> None:
    """Take an order one step on: papers, supplier, active or failed. It may run twice.

    Raises Unavailable: the supplier is away; the order waits on.
    Locks: the lease, then number for rent and wallet; none while the supplier is asked.
    """
    asked = _begin(account_id, lease_id, now)
    if asked is None:
        return
    answer, found = _ask(asked, now), None
    if answer is Answer.WAITING:
        found = registering.register(
            registering.Waiting(
                account_id, lease_id, asked.supplier, asked.reference, asked.wanted
            ),
            now=now,
        )
        if found is not None:
            answer = _after(found, asked, now)
    if answer is not None:
        _take(account_id, lease_id, answer, found, now)


def look_after(row: Lease, *, at: datetime) -> None:
    """In the sweeper: give a locked, waiting order another job, or end it when it is too late."""
    if row.state == LeaseState.PAPERS:
        _end_without_papers(row, at=at)
        return
    if at >= supplied_by(row.papers_at or row.placed_at):
        _fail(row, kind=Kind.PROVISION_FAILURE, reason="not_in_time", at=at)
        return
    row.retry_at = at + min(LOOKED_AFTER * 2 ** min(row.tries, _DOUBLED_MAX), LOOKED_AFTER_MAX)
    defer_supply(row)


def fail_lost(row: Lease, *, now: datetime) -> None:
    """End a locked order whose number its carrier took away before it ever worked (RP-C1, B3)."""
    _fail(row, kind=Kind.STOCK_FAILURE, reason="number_gone", at=now)
    rows.save(row)


def _end_without_papers(row: Lease, *, at: datetime) -> None:
    """End an order whose time for papers is over (RP-B3); its number is free again.

    Papers that wait for our own judgement are no fault of the customer's.
    """
    if identity.waiting(row.account_id):
        _fail(row, kind=Kind.PROVISION_FAILURE, reason="not_in_time", at=at)
    else:
        _fail(row, kind=Kind.PAPERS, word="refused", reason="no_papers", at=at)


def go_on_with_papers(account_id: int, *, now: datetime) -> None:
    """Let the orders of an account go on to their suppliers whose papers are complete now.

    In the transaction of the judgement; an order that is just looking for papers is waited for.
    Locks: the account's waiting leases.
    """
    waiting = Lease.objects.select_for_update().filter(
        account_id=account_id, state__in=[LeaseState.PAID, LeaseState.PAPERS]
    )
    for row in waiting.order_by("id"):
        if row.state != LeaseState.PAPERS:
            continue
        if not papers_needed(account_id, lease_id=row.id, now=now):
            row.state = rows.state_after(row, LeaseEvent.PAPERS_COMPLETE)
            row.papers_at, row.retry_at = now, now + LOOKED_AFTER
            rows.save(row)
            defer_supply(row)


def _begin(account_id: int, lease_id: UUID, now: datetime) -> _Asked | None:
    with transaction.atomic():
        row = rows.locked(account_id, lease_id)
        if row.state == LeaseState.PAID:
            needed = papers_needed(account_id, lease_id=lease_id, now=now)
            event = LeaseEvent.PAPERS_NEEDED if needed else LeaseEvent.PAPERS_COMPLETE
            row.state = rows.state_after(row, event)
        if row.state != LeaseState.AT_SUPPLIER:
            rows.save(row)
            return None
        wanted = asked_by_number(row, customer=accounts.account(account_id).kind)
        asked = _Asked(row.supplier, row.e164, row.id.hex, again=row.tries > 0, wanted=wanted)
        row.tries += 1
        rows.save(row)
        return asked


def _ask(asked: _Asked, now: datetime) -> Answer | None:
    """Return the supplier's answer; what he may know already is looked up before it is ordered.

    Nobody's data leaves: a number of ours, and a reference that names an order.
    """
    supplier = supplier_called(asked.supplier)
    if supplier is None:
        return None
    reference = {"reference": asked.reference}
    if asked.again:
        known = supplier.look_up(
            outbound.clear(NUMBER_SUPPLIER, "number-look-up", reference, account_id=None, now=now)
        )
        if known is not Answer.UNKNOWN:
            return known
    fields = {**reference, "number": asked.number}
    return supplier.order(
        outbound.clear(NUMBER_SUPPLIER, "number-order", fields, account_id=None, now=now)
    )


def _after(found: Registered, asked: _Asked, now: datetime) -> Answer:
    """Return what an order is after a word about its dossier; accepted, it is looked up again."""
    if found.stand is not Stand.ACCEPTED:
        return registering.ANSWERS.get(found.stand, Answer.WAITING)
    supplier = supplier_called(asked.supplier)
    assert supplier is not None, "it was asked a moment ago"
    reference = {"reference": asked.reference}
    return supplier.look_up(
        outbound.clear(NUMBER_SUPPLIER, "number-look-up", reference, account_id=None, now=now)
    )


def _take(  # noqa: PLR0917 -- a step of the one above
    account_id: int, lease_id: UUID, answer: Answer, found: Registered | None, now: datetime
) -> None:
    """Write down what the supplier said; an answer that comes twice or late changes nothing."""
    with transaction.atomic():
        row = rows.locked(account_id, lease_id)
        if found is not None:
            registering.note(account_id, lease_id=lease_id, found=found, now=now)
        if row.state != LeaseState.AT_SUPPLIER:
            return
        match answer:
            case Answer.SUPPLIED:
                registering.note_supplied(account_id, lease_id=lease_id, now=now)
                _activate(row, now)
            case Answer.GONE:
                _fail(row, kind=Kind.STOCK_FAILURE, reason="number_gone", at=now)
            case Answer.REFUSED:
                _fail(row, kind=Kind.PROVISION_FAILURE, reason="supplier_refused", at=now)
            case Answer.PAPERS:
                _fail(row, kind=Kind.PAPERS, word="refused", reason="papers_refused", at=now)
            case Answer.WAITING | Answer.UNKNOWN:
                pass  # a due row asks again
            case _:
                assert_never(answer)
        rows.save(row)


def _activate(row: Lease, now: datetime) -> None:
    """Begin the paid period with the activation, and take the money that was held (LD-H3)."""
    period = Period.objects.get(account_id=row.account_id, id=period_id(row.id, place=0))
    month = period_of(now, index=0, timezone=row.timezone)
    take_held(row, now=now)
    period.refresh_from_db()
    period.starts_at, period.ends_at = month.starts_at, month.ends_at
    period.save(update_fields=["starts_at", "ends_at"])
    Holding.objects.create(
        account_id=row.account_id,
        id=new_id(),
        lease_id=row.id,
        number_id=row.number_id,
        e164=row.e164,
        from_at=now,
    )
    row.state = rows.state_after(row, LeaseEvent.SUPPLIED)
    row.activated_at = row.anchor_at = now
    row.months, row.paid_until, row.reminded, row.retry_at = 1, month.ends_at, 0, None
    row.fee_due_at = now if row.fee_kept else None
    rows.give_notice_again(row, now=now)
    letters.tell_active(row, now=now)


def take_held(row: Lease, *, now: datetime) -> None:
    """Take the money of a locked lease's first period that is held; once. Locks: the wallet."""
    period = Period.objects.get(account_id=row.account_id, id=period_id(row.id, place=0))
    if period.charged_at is not None:
        return
    net = Money(period.monthly_net_micro + period.setup_net_micro, period.currency)
    tax = Money(period.monthly_tax_micro + period.setup_tax_micro, period.currency)
    ledger.settle(
        row.account_id, hold_id=period.id, legs=rows.charge_legs(net=net, tax=tax), now=now
    )
    period.charged_at = now
    period.save(update_fields=["charged_at"])


def _fail(row: Lease, *, kind: Kind, reason: str, at: datetime, word: str = "") -> None:
    """End an order that was not fulfilled: why is a fact, and `refunds` owes an answer (RP-B3).

    The number is not offered again, where its supplier does not have it or never said so.
    """
    asked = row.state != LeaseState.PAPERS
    row.state = rows.state_after(row, LeaseEvent.NOT_SUPPLIED)
    row.ended_at, row.end_reason, row.settle_due_at = at, reason, at
    stock.let_go(row.id, number_id=row.number_id, free_from=at, withdrawn=asked)
    letters.tell_programs(row, "lease.failed", now=at)
    if row.tries:
        telling.instruct(row, verb=Verb.STOP, now=at)  # what he may have sold late goes back
    free = queries.count_free(country=row.country, kind=row.kind, city=row.city, now=at)
    out_of_stock = kind is Kind.STOCK_FAILURE
    incidents.record(
        row.account_id,
        subject=Subject(SubjectKind.RENTAL, row.id),
        kind=kind,
        word=word,
        holds=not free if out_of_stock else True if kind is Kind.PAPERS else None,
        told=Told(Source.SYSTEM, SYSTEM, at, key=id_of("not-supplied", row.id)),
        snapshot={
            "listed": True,  # else it could not have been ordered
            "shown_free": row.shown_free,
            "listed_at": row.placed_at.isoformat(),
            "free": free,
            "reason": reason,
            "country": row.country,
            "kind": row.kind,
            "city": row.city,
        },
        now=at,
    )
