"""What the staff reads of everybody's payments: what goes back, disputes, how fast one pays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Q, Sum

from nummer.apps.accounts import queries as accounts
from nummer.apps.paging import behind
from nummer.apps.payments.limits import (
    COUNTED_FOR,
    FAILURES_COUNTED_FOR,
    FAILURES_MAX,
    NEW_ACCOUNT_MOST,
    NEW_FOR,
    TOP_UPS_OF_NEW_MAX,
)
from nummer.apps.payments.models import Dispute, Payer, Refund, TopUp, TopUpState
from nummer.kernel.money import Money

LISTED_MAX: Final = 200
REFUND_STATES: Final = ("wanted", "pending", "paid", "failed")
DISPUTE_STATES: Final = ("open", "won", "lost")


@dataclass(frozen=True, slots=True)
class Movement:
    """A refund or a dispute; `state` is what the provider says of it.

    `reference` is how the provider calls it, `payment` how it calls the payment. `uncovered` is
    the operator's loss; `ask_at` is when the provider is asked again, `answer_by` until when it
    takes our evidence.
    """

    account_id: int
    id: UUID
    top_up_id: UUID
    amount: Money
    uncovered: Money
    clause: str
    provider: str
    reference: str
    payment: str
    state: str
    attempts: int
    began_at: datetime
    ask_at: datetime | None
    closed_at: datetime | None
    answer_by: datetime | None = None


@dataclass(frozen=True, slots=True)
class Speed:
    """How near an account is to the limits of speed (ADR 114); `most` None: none of its currency.

    `new_until` is None where it is no longer new, or is trusted.
    """

    trusted_at: datetime | None
    new_until: datetime | None
    begun: int
    begun_max: int
    amount: Money
    most: Money | None
    failures: int
    failures_max: int


def refunds(
    *,
    states: tuple[str, ...] = (),
    account_id: int | None = None,
    before: UUID | None = None,
    limit: int = 50,
) -> list[Movement]:
    """Return a page of refunds to methods, latest first; `before` is the last one seen."""
    rows = Refund.objects.order_by("-wanted_at", "-id")
    if states:
        rows = rows.filter(state__in=states)
    if account_id is not None:
        rows = rows.filter(account_id=account_id)
    last = None if before is None else Refund.objects.filter(id=before).first()
    if last is not None:
        rows = rows.filter(behind({"-wanted_at": last.wanted_at, "-id": last.id}))
    return refund_movements(list(rows[: min(limit, LISTED_MAX)]))


def disputes(
    *,
    states: tuple[str, ...] = (),
    account_id: int | None = None,
    before: UUID | None = None,
    limit: int = 50,
) -> list[Movement]:
    """Return a page of disputes, latest first; `before` is the last one seen."""
    rows = Dispute.objects.order_by("-opened_at", "-id")
    if states:
        rows = rows.filter(state__in=states)
    if account_id is not None:
        rows = rows.filter(account_id=account_id)
    last = None if before is None else Dispute.objects.filter(id=before).first()
    if last is not None:
        rows = rows.filter(behind({"-opened_at": last.opened_at, "-id": last.id}))
    return dispute_movements(list(rows[: min(limit, LISTED_MAX)]))


def refund_movements(found: Sequence[Refund]) -> list[Movement]:
    """Return these refunds as the staff reads them."""
    payments = _payments([(row.account_id, row.top_up_id) for row in found])
    return [
        Movement(
            account_id=row.account_id,
            id=row.id,
            top_up_id=row.top_up_id,
            amount=Money(row.amount_micro, row.currency),
            uncovered=Money(row.uncovered_micro, row.currency),
            clause=row.clause,
            provider=row.provider,
            reference=row.provider_reference,
            payment=payments.get((row.account_id, row.top_up_id), ""),
            state=row.state,
            attempts=row.attempts,
            began_at=row.wanted_at,
            ask_at=row.due_at,
            closed_at=row.closed_at,
        )
        for row in found
    ]


def dispute_movements(found: Sequence[Dispute]) -> list[Movement]:
    """Return these disputes as the staff reads them."""
    payments = _payments([(row.account_id, row.top_up_id) for row in found])
    return [
        Movement(
            account_id=row.account_id,
            id=row.id,
            top_up_id=row.top_up_id,
            amount=Money(row.amount_micro, row.currency),
            uncovered=Money(row.uncovered_micro, row.currency),
            clause="",
            provider=row.provider,
            reference=row.provider_reference,
            payment=payments.get((row.account_id, row.top_up_id), ""),
            state=row.state,
            attempts=0,
            began_at=row.opened_at,
            ask_at=None,
            closed_at=row.closed_at,
            answer_by=row.answer_by,
        )
        for row in found
    ]


def speed(account_id: int, *, now: datetime) -> Speed:
    """Return how near an account is to the limits of speed."""
    customer = accounts.account(account_id)
    wishes = TopUp.objects.filter(account_id=account_id, wished=True)
    counted = wishes.filter(
        Q(state=TopUpState.PAID, closed_at__gt=now - COUNTED_FOR)
        | Q(state=TopUpState.STARTED, started_at__gt=now - COUNTED_FOR),
        currency=customer.currency,
    )
    failed = wishes.filter(state=TopUpState.FAILED, closed_at__gt=now - FAILURES_COUNTED_FOR)
    payer = Payer.objects.filter(account_id=account_id).first()
    trusted_at = None if payer is None else payer.trusted_at
    new_until = customer.created_at + NEW_FOR
    return Speed(
        trusted_at=trusted_at,
        new_until=new_until if trusted_at is None and now < new_until else None,
        begun=counted.count(),
        begun_max=TOP_UPS_OF_NEW_MAX,
        amount=Money(
            counted.aggregate(Sum("amount_micro"))["amount_micro__sum"] or 0, customer.currency
        ),
        most=NEW_ACCOUNT_MOST.get(customer.currency),
        failures=failed.count(),
        failures_max=FAILURES_MAX,
    )


def _payments(wanted: list[tuple[int, UUID]]) -> dict[tuple[int, UUID], str]:
    """Return how providers call the payments of these top-ups."""
    rows = TopUp.objects.filter(
        account_id__in={account_id for account_id, _ in wanted},
        id__in={top_up_id for _, top_up_id in wanted},
    )
    return {(row.account_id, row.id): row.payment_reference for row in rows}
