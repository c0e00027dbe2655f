"""Tells customers what was decided: the clause in its own words, and the sum to the last digit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from nummer.apps.accounts import queries as accounts
from nummer.apps.agreements.quoting import Words, words_in
from nummer.apps.agreements.texts import REFUND_POLICY
from nummer.apps.cases import actions as cases
from nummer.apps.catalogue import queries as catalogue
from nummer.apps.leases import queries as leases
from nummer.apps.notify import actions as notify
from nummer.apps.notify.reach import Reach
from nummer.apps.numbers import queries as stock
from nummer.apps.orders import queries as orders
from nummer.apps.orders.queries import OrderRow
from nummer.apps.refunds.models import Claim, Decision
from nummer.kernel.ids import id_of
from nummer.kernel.money import Money
from nummer.policy.refund import Verdict

REFUNDS_PER_LETTER_MAX: Final = 100


def tell_refunds(account_id: int, *, now: datetime) -> None:
    """Send one letter with every credit the customer was not told yet, oldest first.

    Repeating it sends nothing. Locks: the credits it tells.
    """
    with transaction.atomic():
        rows = list(
            Decision.objects.select_for_update()
            .filter(account_id=account_id, notified_at=None, decision=Verdict.CREDIT)
            .order_by("decided_at", "id")[:REFUNDS_PER_LETTER_MAX]
        )
        if not rows:
            return
        language = accounts.account(account_id).locale
        placed = _told_of(account_id, [row.order_id for row in rows])
        words: dict[str, Words] = {}
        notify.send_letter(
            account_id,
            letter="order-refunded",
            context={
                "refunds": [
                    _for_letter(
                        row, placed[row.order_id], _words(placed[row.order_id], language, words)
                    )
                    for row in rows
                ]
            },
            now=now,
            key=id_of("order-refunded", rows[0].id),
        )
        for row in rows:
            row.notified_at = now
            row.save(update_fields=["notified_at"])


def tell_claim(found: Claim, decided: Decision, *, now: datetime) -> None:
    """Send the answer to a claim, in the transaction that decides it; replies continue its case."""
    account_id = found.account_id
    order = orders.order(account_id, order_id=found.order_id)
    number = stock.activation_of_order(account_id, order_id=order.id).activation_id
    _tell_answer(
        decided,
        _told_of_order(order),
        received_at=found.received_at,
        reach=cases.reach_of(account_id, case_id=found.case_id),
        now=now,
        activation_id=str(number),
    )


def tell_cancelled(
    account_id: int, *, decision_id: UUID, received_at: datetime, reach: Reach | None, now: datetime
) -> None:
    """Send the answer to whoever ended a rented number by telling us, as the one to a claim is."""
    decided = Decision.objects.get(account_id=account_id, id=decision_id)
    sold = _told_of(account_id, [decided.order_id])[decided.order_id]
    _tell_answer(decided, sold, received_at=received_at, reach=reach, now=now, activation_id="")


def _tell_answer(
    decided: Decision,
    sold: _Told,
    *,
    received_at: datetime,
    reach: Reach | None,
    now: datetime,
    activation_id: str,
) -> None:
    account_id = decided.account_id
    quoted = _words(sold, accounts.account(account_id).locale, {})
    outcome: dict[str, Any] = decided.outcome or {}
    notify.send_letter(
        account_id,
        letter="claim-decided",
        context={
            **_for_letter(decided, sold, quoted),
            "activation_id": activation_id,
            "verdict": decided.decision,
            "credited": Money(decided.credited_micro, decided.currency).decimal_text(),
            "received_at": received_at.isoformat(),
            "duplicate_of": outcome.get("duplicate_of", ""),
            "settle_by": outcome.get("settle_by", ""),
            "missing": outcome.get("missing", []),
            "quotes": [
                {"id": name, "words": quoted[name]} for name in decided.clauses if name in quoted
            ],
            "names": ", ".join(decided.clauses),
        },
        now=now,
        key=id_of("claim-decided", decided.id),
        reach=reach,
    )
    decided.notified_at = now
    decided.save(update_fields=["notified_at"])


@dataclass(frozen=True, slots=True)
class _Told:
    """What a letter says of what was sold: a one-time order, or a month of a rented number."""

    named: str
    country: str
    total: Money
    documents: Sequence[Mapping[str, str]]
    lease_id: UUID | None = None


def _told_of(account_id: int, ids: Sequence[UUID]) -> dict[UUID, _Told]:
    found = orders.orders_of(account_id, order_ids=ids)
    told = {order_id: _told_of_order(order) for order_id, order in found.items()}
    months = leases.periods_by_id(account_id, period_ids=[id_ for id_ in ids if id_ not in told])
    behind = leases.leases_behind(account_id, period_ids=list(months))
    for period_id, month in months.items():
        lease = behind[period_id]
        told[period_id] = _Told(
            lease.number.e164, lease.country, month.total, lease.documents, lease.id
        )
    return told


def _told_of_order(order: OrderRow) -> _Told:
    named = catalogue.service(order.service).name
    return _Told(named, order.country, order.total, order.documents)


def _for_letter(row: Decision, order: _Told, quoted: Words) -> dict[str, object]:
    """Return what a letter says of one decision; the sum is: paid, less earlier, is amount."""
    clause = row.clauses[0]
    return {
        "service": order.named,
        "country": order.country,
        "clause": clause,
        "words": quoted.get(clause, ""),
        "paid": order.total.decimal_text(),
        "earlier": _earlier(row).decimal_text(),
        "amount": Money(row.amount_micro, row.currency).decimal_text(),
        "currency": row.currency,
        "decided_at": row.decided_at.isoformat(),
        "decision_id": str(row.id),
        "order_id": str(row.order_id),
        "lease": "" if order.lease_id is None else str(order.lease_id),
    }


def _earlier(row: Decision) -> Money:
    """Return what had been given back for the order before this decision."""
    before = Decision.objects.filter(
        account_id=row.account_id, order_id=row.order_id, decided_at__lte=row.decided_at
    )
    sums = before.exclude(id=row.id).values_list("credited_micro", flat=True)
    return Money(sum(sums), row.currency)


def _words(order: _Told, language: str, seen: dict[str, Words]) -> Words:
    """Return the paragraphs of the policy that was in force when an order was placed."""
    for text in order.documents:
        if text["document"] == REFUND_POLICY:
            version = text["version"]
            if version not in seen:
                seen[version] = words_in(REFUND_POLICY, version=version, language=language)
            return seen[version]
    return {}
