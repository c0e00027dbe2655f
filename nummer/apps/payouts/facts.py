"""Reads what a request is about into the facts that the policy judges.

A claim for an order is judged by refunds; here stands what concerns a top-up itself (LAW-14).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from nummer.apps.accounts import queries as accounts
from nummer.apps.incidents import queries as incidents
from nummer.apps.ledger import queries as wallets
from nummer.apps.ledger.actions import TransferKind
from nummer.apps.payments import queries as payments
from nummer.apps.payments.errors import NoSuchTopUp
from nummer.apps.payouts.models import Payout, Share, Way
from nummer.apps.refunds.facts import EEA, contract_place
from nummer.apps.refunds.life import account_state, happened_to_account
from nummer.kernel.money import Money

PROMO = "promo"


def facts_of(payout: Payout, *, now: datetime) -> dict[str, Any]:
    """Return the facts of the top-up that a request names; its own hold is free by now."""
    facts = _top_up_facts(payout, now)
    return {**facts, "prior_refunds": list(_paid_before(payout))}


def payable(account_id: int) -> Money:
    """Return what of the balance could leave it now: neither reserved nor promo money."""
    balance = wallets.balance(account_id)
    free = min(balance.spendable.micro, (balance.total - balance.promo).micro)
    return Money(max(0, free), balance.currency)


def _top_up_facts(payout: Payout, now: datetime) -> dict[str, Any]:
    """Return the facts of a top-up that is withdrawn (LAW-14) or was undue (RULE-ERR)."""
    account_id, top_up_id = payout.account_id, payout.subject_id
    assert top_up_id is not None, "a subject has an id"
    customer = accounts.account(account_id)
    row = payments.top_up(account_id, top_up_id=top_up_id)
    if row.state != "paid" or row.closed_at is None:
        raise NoSuchTopUp
    known = incidents.known(
        account_id, subject_id=None, place=None, since=row.closed_at, until=now, now=now
    )
    timezone, calendar = contract_place(customer.country)
    facts: dict[str, Any] = {
        "now": now.isoformat(),
        "timezone": timezone,
        "operator_calendar": calendar,
        "customer_calendar": customer.country,
        "currency": row.amount.currency,
        "account": {
            **account_state(known, closed_at=customer.closed_at),
            "balance": payable(account_id).decimal_text(),
        },
        "order": {
            "kind": "topup",
            "price": row.amount.decimal_text(),
            "ordered_at": row.closed_at.isoformat(),
        },
        "funding": [
            {
                "method": top_up_id.hex,
                "amount": row.amount.decimal_text(),
                "refundable": row.refundable,
            }
        ],
        **happened_to_account(known),
    }
    if customer.kind == "person" and customer.country in EEA:
        facts["profile"] = "eea_consumer"
    if row.twice_of is not None:
        facts["duplicate_capture"] = {"amount": row.amount.decimal_text()}
    if top_up_id in payments.disputed_top_ups(account_id):
        facts["chargeback"] = True
    return facts


def funding_of(account_id: int, *, order_id: UUID) -> list[dict[str, Any]]:
    """Return which money paid an order, as the policy is told of it."""
    return [
        {
            "method": PROMO if share.source is None else share.source.hex,
            "amount": share.amount.decimal_text(),
            "refundable": _refundable(account_id, share.source, share.kind),
            "promo": share.promo or share.kind == TransferKind.GOODWILL,
        }
        for share in wallets.shares(account_id, reference=order_id)
    ]


def _refundable(account_id: int, source: UUID | None, kind: TransferKind | None) -> bool:
    if source is None or kind != TransferKind.TOPUP:
        return False
    try:
        return payments.top_up(account_id, top_up_id=source).refundable
    except NoSuchTopUp:
        return False


def _paid_before(payout: Payout) -> Iterable[dict[str, Any]]:
    """Yield what left, or is leaving, for the same thing under earlier requests."""
    earlier = Payout.objects.filter(
        account_id=payout.account_id,
        subject_id=payout.subject_id,
        state__in=("release", "paying", "done"),
    ).exclude(id=payout.id)
    for row in earlier.order_by("id"):
        shares = Share.objects.filter(account_id=row.account_id, payout_id=row.id)
        gone = sum(share.amount_micro for share in shares if share.way != Way.BALANCE)
        if gone:
            yield {
                "ground": row.clauses[0],
                "amount": Money(gone, row.currency).decimal_text(),
                "destination": "payment_method",
                "decision": str(row.id),
            }
