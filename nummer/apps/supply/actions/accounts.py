"""Our accounts at wholesalers: what is left to spend, which stock is low, when to look again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from procrastinate.contrib.django import app

from nummer.apps.agreements.queries import operator
from nummer.apps.audit import actions as audit
from nummer.apps.leases import queries as leases
from nummer.apps.notify import actions as notify
from nummer.apps.notify.reach import Reach
from nummer.apps.supply.actions.asking import question, required
from nummer.apps.supply.actions.syncing import SYSTEM, start_sync
from nummer.apps.supply.errors import LeastNotPossible, NoSuchSupplier
from nummer.apps.supply.models import Least, Wholesale
from nummer.apps.supply.ports import wholesaler_codes
from nummer.apps.vault.keys import OPERATOR_ACCOUNT_ID
from nummer.kernel.ids import id_of, new_id
from nummer.kernel.jobs import ASK_FUNDS, COMPARE_SUPPLY, supplier_lane
from nummer.kernel.locale import DRAFTING_LANGUAGE
from nummer.kernel.money import Money

FUNDS_EVERY: Final = timedelta(hours=1)
SYNC_EVERY: Final = timedelta(hours=6)  # a sample of numbers ages quickly (ADR 270)
COMPARE_EVERY: Final = timedelta(days=1)
LEAST_MAX: Final = 1_000_000
MICRO_MAX: Final = 10**15


def connect(*, now: datetime) -> None:
    """Have the wholesalers that are connected looked at from now on; done at every start."""
    for code in wholesaler_codes():
        Wholesale.objects.get_or_create(
            code=code,
            defaults={"funds_due_at": now, "sync_due_at": now, "compare_due_at": now},
        )


def look_at_accounts(code: str, *, at: datetime, now: datetime) -> None:
    """In the sweeper: give each look that is due at `at` a job in its lane, and its next time.

    `now` is the clock's; a clock that jumped over many times is looked at once.
    Locks: the account at the wholesaler.
    """
    with transaction.atomic():
        row = Wholesale.objects.select_for_update().get(code=code)
        if row.funds_due_at <= at:
            row.funds_due_at = now + FUNDS_EVERY
            _defer(ASK_FUNDS, code)
            look_at_stock(code, now=now)
        if row.sync_due_at <= at:
            row.sync_due_at = now + SYNC_EVERY
            start_sync(code, actor=SYSTEM, now=now)
        if row.compare_due_at <= at:
            row.compare_due_at = now + COMPARE_EVERY
            _defer(COMPARE_SUPPLY, code)
        row.save(update_fields=["funds_due_at", "sync_due_at", "compare_due_at"])


def ask_funds(code: str, *, now: datetime) -> None:
    """Ask what is left to spend, and write to the operator once when it falls below the least.

    Raises Unavailable. Refuses: NoSuchSupplier. Locks: the account at the wholesaler.
    """
    funds = required(code).funds(question("supply-funds", now=now))
    with transaction.atomic():
        row = _locked(code)
        row.balance_micro, row.credit_micro = funds.balance.micro, funds.credit.micro
        row.currency, row.funds_at = funds.balance.currency, now
        _note_balance(row, now)
        row.save()


def set_least_balance(code: str, *, least: Money | None, actor: str, now: datetime) -> None:
    """Say below what the operator is written to; None: never. Refuses: NoSuchSupplier."""
    with transaction.atomic():
        row = _locked(code)
        if least is not None and not 0 <= least.micro <= MICRO_MAX:
            raise LeastNotPossible
        row.least_micro = None if least is None else least.micro
        row.low_at = None
        _note_balance(row, now)
        row.save()
        audit.record(
            actor=actor,
            verb="least_balance_set",
            place="supply_wholesale",
            row=code,
            fields=["least_micro"],
            now=now,
        )


def set_least_stock(
    code: str, *, country: str, kind: str, least: int, actor: str, now: datetime
) -> None:
    """Say below how many free numbers the operator is written to; 0: never.

    Refuses: NoSuchSupplier, LeastNotPossible.
    """
    if not 0 <= least <= LEAST_MAX:
        raise LeastNotPossible
    with transaction.atomic():
        _locked(code)
        row, _ = Least.objects.update_or_create(
            supplier=code,
            country=country,
            kind=kind,
            defaults={"least": least, "low_at": None},
            create_defaults={"id": new_id(), "least": least},
        )
        audit.record(
            actor=actor,
            verb="least_stock_set",
            place="supply_least",
            row=str(row.id),
            fields=["least"],
            now=now,
        )
        look_at_stock(code, now=now)


def look_at_stock(code: str, *, now: datetime) -> None:
    """Write to the operator once when free numbers of a place fall below the least.

    Locks: the leasts of the supplier.
    """
    with transaction.atomic():
        free = leases.free_by_place(code, now=now)
        rows = Least.objects.select_for_update().filter(supplier=code)
        for row in rows.order_by("country", "kind"):
            left = free.get((row.country, row.kind), 0)
            low = left < row.least
            if low and row.low_at is None:
                _write(
                    "supply-stock-low",
                    id_of("supply-stock-low", row.id, now.isoformat()),
                    now,
                    supplier=code,
                    country=row.country,
                    kind=row.kind,
                    left=left,
                    least=row.least,
                )
            row.low_at = (row.low_at or now) if low else None
            row.save(update_fields=["low_at"])


def _note_balance(row: Wholesale, now: datetime) -> None:
    if row.balance_micro is None or row.credit_micro is None or row.least_micro is None:
        row.low_at = None
        return
    left = row.balance_micro + row.credit_micro
    low = left < row.least_micro
    if low and row.low_at is None:
        _write(
            "supply-balance-low",
            id_of("supply-balance-low", row.code, now.isoformat()),
            now,
            supplier=row.code,
            left=Money(left, row.currency).decimal_text(),
            least=Money(row.least_micro, row.currency).decimal_text(),
            currency=row.currency,
        )
    row.low_at = (row.low_at or now) if low else None


def _write(letter: str, key: UUID, now: datetime, **words: str | int) -> None:
    """Write to the operator's own mailbox."""
    notify.send_letter(
        OPERATOR_ACCOUNT_ID,
        letter=letter,
        context=words,
        now=now,
        key=key,
        reach=Reach(to=operator().mailbox, language=DRAFTING_LANGUAGE),
    )


def _locked(code: str) -> Wholesale:
    """Refuses: NoSuchSupplier."""
    row = Wholesale.objects.select_for_update().filter(code=code).first()
    if row is None:
        raise NoSuchSupplier
    return row


def _defer(job: str, code: str) -> None:
    app.configure_task(job, queue=supplier_lane(code)).defer(supplier_id=code)
