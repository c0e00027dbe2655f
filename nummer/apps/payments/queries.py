"""What others may read of payments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import Min
from django.utils.translation import gettext

from nummer.apps.paging import behind
from nummer.apps.payments.errors import NoSuchTopUp
from nummer.apps.payments.limits import LIMITS, TopUpLimits, limits_of
from nummer.apps.payments.models import (
    BESIDE_OUTCOMES,
    AutoTopUp,
    Dispute,
    DisputeState,
    Notice,
    Reference,
    Refund,
    TopUp,
    TopUpState,
)
from nummer.apps.payments.ports import installed_payments
from nummer.kernel.money import Money

LISTED_MAX: Final = 200


@dataclass(frozen=True, slots=True)
class Method:
    """A way to pay as the customer sees it, in the language of the moment."""

    code: str
    name: str
    refundable: bool
    least: Money
    most: Money
    keepable: bool
    takes: str


@dataclass(frozen=True, slots=True)
class TopUpRow:
    """A top-up as its customer sees it; `twice_of` is the one whose payment was taken twice."""

    id: UUID
    amount: Money
    method: str
    refundable: bool
    state: str
    pay_url: str
    started_at: datetime
    closed_at: datetime | None
    automatic: bool
    twice_of: UUID | None


@dataclass(frozen=True, slots=True)
class RefundRow:
    """Money that goes back to a payment method; `clause` says why."""

    id: UUID
    top_up_id: UUID
    amount: Money
    clause: str
    state: str
    wanted_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class DisputeRow:
    """An objection of the payer's bank; `taken` left the balance when it was lost."""

    id: UUID
    top_up_id: UUID
    amount: Money
    taken: Money
    uncovered: Money
    state: str
    opened_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class AutoTopUpRow:
    """An account's automatic top-up: below `threshold` pay in `amount`, `cap` a month at most."""

    method: str
    threshold: Money
    amount: Money
    cap: Money
    state: str
    consented_at: datetime
    stopped_at: datetime | None
    stop_reason: str


def methods(currency: str) -> list[Method]:
    """Return the ways to pay in `currency`; none where we do not sell in it."""
    if currency not in LIMITS:
        return []
    return [
        Method(
            code=method.code,
            name=gettext(method.name),
            refundable=method.refundable,
            least=limits.least,
            most=limits.most,
            keepable=method.keepable and provider.capabilities.keeps_methods,
            takes=gettext(method.takes) if method.takes else "",
        )
        for provider in installed_payments().providers
        for method in provider.methods
        if method.currencies is None or currency in method.currencies
        if (limits := limits_of(currency, method.limits)) is not None
    ]


def limits(currency: str) -> TopUpLimits | None:
    """Return the least and the most of one top-up."""
    return LIMITS.get(currency)


def top_up(account_id: int, *, top_up_id: UUID) -> TopUpRow:
    """Return one top-up of the account. Refuses: NoSuchTopUp."""
    row = TopUp.objects.filter(account_id=account_id, id=top_up_id).first()
    if row is None:
        raise NoSuchTopUp
    return _row(row)


def came_beside(account_id: int, *, top_up_id: UUID) -> bool:
    """Tell whether money came for a top-up that is not on the balance: another sum, or too late.

    Refuses: NoSuchTopUp.
    """
    row = TopUp.objects.filter(account_id=account_id, id=top_up_id).first()
    if row is None:
        raise NoSuchTopUp
    notices = Notice.objects.filter(
        provider=row.provider, reference=row.provider_reference, outcome__in=BESIDE_OUTCOMES
    )
    return bool(row.provider_reference) and notices.filter(paid=True).exists()


def top_ups(account_id: int, *, before: UUID | None = None, limit: int = 50) -> list[TopUpRow]:
    """Return top-ups, latest first, from the one before `before` on. Refuses: NoSuchTopUp.

    Most ids are made of a caller's key and tell no order, so the moment of the wish does.
    """
    rows = TopUp.objects.filter(account_id=account_id).order_by("-started_at", "-id")
    if before is not None:
        last = top_up(account_id, top_up_id=before)
        rows = rows.filter(behind({"-started_at": last.started_at, "-id": last.id}))
    return [_row(row) for row in rows[: max(1, min(limit, LISTED_MAX))]]


def to_return(until: datetime, *, limit: int) -> list[tuple[datetime, int, UUID]]:
    """Return (since, account, top-up) of payments taken twice that nobody began to give back."""
    rows = TopUp.objects.filter(return_at__lte=until).order_by("return_at", "account_id", "id")
    return [
        (row.return_at, row.account_id, row.id) for row in rows[:limit] if row.return_at is not None
    ]


def refund(account_id: int, *, refund_id: UUID) -> RefundRow:
    """Return one refund to a payment method that stands."""
    return _refund(Refund.objects.get(account_id=account_id, id=refund_id))


@dataclass(frozen=True, slots=True)
class Awaited:
    """The top-up that a provider's word belongs to, with what was asked for."""

    account_id: int
    top_up_id: UUID
    amount: Money
    paid: bool


def awaited(provider: str, *, word: str) -> Awaited | None:
    """Return the top-up that a provider's word belongs to, paid or not; None for no such word."""
    place = Reference.objects.filter(provider=provider, reference=word).first()
    if place is None:
        return None
    row = TopUp.objects.get(account_id=place.account_id, id=place.top_up_id)
    amount = Money(row.amount_micro, row.currency)
    return Awaited(row.account_id, row.id, amount, row.state == TopUpState.PAID)


def refunds(account_id: int, *, top_up_id: UUID | None = None, limit: int = 50) -> list[RefundRow]:
    """Return what goes back to payment methods, latest first; of one top-up, or of all."""
    rows = Refund.objects.filter(account_id=account_id).order_by("-wanted_at", "-id")
    if top_up_id is not None:
        rows = rows.filter(top_up_id=top_up_id)
    return [_refund(row) for row in rows[: max(1, min(limit, LISTED_MAX))]]


def disputes(account_id: int, *, limit: int = 50) -> list[DisputeRow]:
    """Return the disputes over an account's payments, latest first."""
    rows = Dispute.objects.filter(account_id=account_id).order_by("-opened_at", "-id")
    return [
        DisputeRow(
            id=row.id,
            top_up_id=row.top_up_id,
            amount=Money(row.amount_micro, row.currency),
            taken=Money(row.taken_micro, row.currency),
            uncovered=Money(row.uncovered_micro, row.currency),
            state=row.state,
            opened_at=row.opened_at,
            closed_at=row.closed_at,
        )
        for row in rows[: max(1, min(limit, LISTED_MAX))]
    ]


@dataclass(frozen=True, slots=True)
class PayerCountry:
    """A country that paid for an account, and since when we know: of a card, or of an account."""

    country: str
    by_card: bool
    known_at: datetime


def payer_countries(account_id: int) -> list[PayerCountry]:
    """Return the countries of cards and accounts that paid in, each once, earliest first."""
    rows = (
        TopUp.objects.filter(account_id=account_id, state=TopUpState.PAID)
        .exclude(payer_country="")
        .values("payer_country", "payer_by_issuer")
        .annotate(known_at=Min("closed_at"))
        .order_by("known_at", "payer_country", "payer_by_issuer")
    )
    return [
        PayerCountry(row["payer_country"], row["payer_by_issuer"], row["known_at"])
        for row in rows[:LISTED_MAX]
    ]


def disputes_of_payment(provider: str, *, payment: str) -> frozenset[str]:
    """Return how a provider calls what we know of as disputes over one of its payments."""
    place = Reference.objects.filter(provider=provider, reference=payment).first()
    if place is None:
        return frozenset()
    rows = Dispute.objects.filter(account_id=place.account_id, top_up_id=place.top_up_id)
    return frozenset(rows.order_by("id").values_list("provider_reference", flat=True))


def disputed_top_ups(account_id: int) -> frozenset[UUID]:
    """Return the top-ups whose dispute is open: what they paid waits (RULE-CB)."""
    rows = Dispute.objects.filter(account_id=account_id, state=DisputeState.OPEN)
    return frozenset(rows.values_list("top_up_id", flat=True))


def contested_top_ups(account_id: int) -> frozenset[UUID]:
    """Return the top-ups that the bank has taken back or may take: nothing of them goes by hand."""
    rows = Dispute.objects.filter(account_id=account_id).exclude(state=DisputeState.WON)
    return frozenset(rows.values_list("top_up_id", flat=True))


def auto_top_up(account_id: int) -> AutoTopUpRow | None:
    """Return the account's automatic top-up, None where there never was one."""
    row = AutoTopUp.objects.filter(account_id=account_id).first()
    if row is None:
        return None
    return AutoTopUpRow(
        method=row.method,
        threshold=Money(row.threshold_micro, row.currency),
        amount=Money(row.amount_micro, row.currency),
        cap=Money(row.cap_micro, row.currency),
        state=row.state,
        consented_at=row.consented_at,
        stopped_at=row.stopped_at,
        stop_reason=row.stop_reason,
    )


def audit_lines() -> list[tuple[str, int, str]]:
    """Return (invariant, breaches, detail) for each invariant of payments."""
    return [(f"payments: {name}", *_breaches(question)) for name, question in _PROOFS.items()]


def _breaches(question: str) -> tuple[int, str]:
    with connection.cursor() as cursor:
        cursor.execute(question)
        breaches, detail = cursor.fetchone()
    return breaches, detail or ""


_UNBALANCED: Final = """
SELECT count(*), string_agg(t.id::text, ', ')
  FROM payments_topup t
  LEFT JOIN (SELECT account_id, id, sum(amount) AS amount, min(currency) AS currency
               FROM ledger.transfer GROUP BY account_id, id) b USING (account_id, id)
 WHERE (t.state = 'paid') <> (b.id IS NOT NULL)
    OR b.amount <> t.amount_micro OR b.currency <> t.currency
"""

# A refund is booked once with its own id, as far as the money was there, and put back exactly
# when it failed.
_REFUNDS_UNBALANCED: Final = """
SELECT count(*), string_agg(r.id::text, ', ')
  FROM payments_refund r
  LEFT JOIN (SELECT account_id, id, sum(amount) AS amount, min(currency) AS currency
               FROM ledger.transfer GROUP BY account_id, id) b USING (account_id, id)
  LEFT JOIN (SELECT account_id, reverses, sum(amount) AS amount
               FROM ledger.transfer WHERE reverses IS NOT NULL
              GROUP BY account_id, reverses) back
    ON back.account_id = r.account_id AND back.reverses = r.id
 WHERE COALESCE(-b.amount, 0) <> r.amount_micro - r.uncovered_micro
    OR b.currency <> r.currency
    OR COALESCE(back.amount, 0) <>
       CASE WHEN r.state = 'failed' THEN r.amount_micro - r.uncovered_micro ELSE 0 END
"""

_ABOVE_TOP_UP: Final = """
SELECT count(*), string_agg(t.id::text, ', ')
  FROM payments_topup t
  JOIN (SELECT account_id, top_up_id, sum(amount_micro) AS amount FROM payments_refund
         WHERE state <> 'failed' AND ordered_here GROUP BY account_id, top_up_id) r
    ON r.account_id = t.account_id AND r.top_up_id = t.id
 WHERE r.amount > t.amount_micro OR t.state <> 'paid'
"""

_DISPUTES_UNBALANCED: Final = """
SELECT count(*), string_agg(d.top_up_id::text, ', ')
  FROM (SELECT account_id, top_up_id, sum(taken_micro) AS taken
          FROM payments_dispute GROUP BY account_id, top_up_id) d
  LEFT JOIN (SELECT account_id, reference, sum(amount) AS amount
               FROM ledger.transfer WHERE clause = 'RULE-CB' GROUP BY account_id, reference) b
    ON b.account_id = d.account_id AND b.reference = d.top_up_id
 WHERE COALESCE(-b.amount, 0) <> d.taken
"""

_OVER_CAP: Final = """
SELECT count(*), string_agg(DISTINCT m.account_id::text, ', ')
  FROM (SELECT account_id, currency, sum(amount_micro) AS amount
          FROM payments_topup WHERE automatic AND state = 'paid'
         GROUP BY account_id, currency, date_trunc('month', started_at AT TIME ZONE 'UTC')) m
  JOIN payments_autotopup a ON a.account_id = m.account_id AND a.currency = m.currency
 WHERE m.amount > a.most_cap_micro
"""

_PROOFS: Final = {
    "every paid top-up, and no other, was booked once": _UNBALANCED,
    "every refund to a method was booked once, and put back where it failed": _REFUNDS_UNBALANCED,
    "no more goes back to a method than was paid with it": _ABOVE_TOP_UP,
    "a lost dispute took exactly what it says": _DISPUTES_UNBALANCED,
    "no month saw more automatic top-ups than the customer agreed to": _OVER_CAP,
}


def _row(row: TopUp) -> TopUpRow:
    return TopUpRow(
        id=row.id,
        amount=Money(row.amount_micro, row.currency),
        method=row.method,
        refundable=row.refundable,
        state=row.state,
        pay_url=row.pay_url,
        started_at=row.started_at,
        closed_at=row.closed_at,
        automatic=row.automatic,
        twice_of=row.twice_of,
    )


def _refund(row: Refund) -> RefundRow:
    return RefundRow(
        id=row.id,
        top_up_id=row.top_up_id,
        amount=Money(row.amount_micro, row.currency),
        clause=row.clause,
        state=row.state,
        wanted_at=row.wanted_at,
        closed_at=row.closed_at,
    )
