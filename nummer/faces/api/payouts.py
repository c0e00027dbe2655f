"""Money that goes back to the customer: requests, what is missing of them, and choices (RP-CF)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.http import HttpRequest, HttpResponse

from nummer.apps.accounts import queries as accounts
from nummer.apps.payments.errors import NoSuchTopUp
from nummer.apps.payouts import actions, queries
from nummer.apps.payouts.actions import PayoutWish, Told
from nummer.apps.payouts.errors import NoSuchPayout
from nummer.apps.payouts.queries import Channel, PayoutRow, ShareRow, Way
from nummer.apps.refunds import queries as decisions
from nummer.apps.refunds.queries import DecisionRow
from nummer.faces.api.errors import FieldMalformed
from nummer.faces.api.reading import (
    Caller,
    Json,
    before_uuid,
    body_of,
    choice_of,
    idempotency_key,
    moment,
    money_of,
    named_id,
    page_length,
    text_of,
)
from nummer.faces.api.views import answered
from nummer.kernel.ids import id_of
from nummer.policy.refund import Reason

# Those of a top-up; what was wrong with an order is claimed with the order.
REASONS: Final = frozenset(
    {
        Reason.CHANGED_MIND,
        Reason.ACCIDENTAL_TOPUP,
        Reason.DOUBLE_CHARGE,
        Reason.UNUSED_BALANCE,
        Reason.MISUNDERSTANDING,
        Reason.DISSATISFIED,
        Reason.OTHER,
    }
)
_WISH: Final = frozenset({"top_up", "amount", "reason"})
_CHOICE: Final = frozenset({"way"})


def list_payouts(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Answer a page of requests, latest first. Refuses: NoSuchPayout, where `before` is none."""
    limit = page_length(request)
    rows = queries.payouts(caller.account_id, before=before_uuid(request), limit=limit)
    return answered(
        {
            "payouts": [_form(row) for row in rows],
            "next_before": str(rows[-1].id) if len(rows) == limit else None,
        }
    )


def ask(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Ask for money back, once for each Idempotency-Key; what is missing is said in `missing`."""
    key = id_of("api", caller.key_id, "payout", idempotency_key(request))
    wish = _wish(caller, body_of(request, fields=_WISH))
    told = Told(channel=Channel.PAGE, actor=caller.actor, received_at=caller.now, key=key)
    payout_id = actions.ask(caller.account_id, wish=wish, told=told, now=caller.now)
    row = queries.payout(caller.account_id, payout_id=payout_id)
    return answered(_form(row), status=201 if row.received_at == caller.now else 200)


def get_payout(request: HttpRequest, caller: Caller, *, payout_id: str) -> HttpResponse:
    """Answer one request with its shares."""
    del request
    return answered(_form(_payout(caller, payout_id)))


def complete(request: HttpRequest, caller: Caller, *, payout_id: str) -> HttpResponse:
    """Add what was missing of a request; it is decided anew."""
    row = _payout(caller, payout_id)
    wish = _wish(caller, body_of(request, fields=_WISH))
    actions.complete(
        caller.account_id, payout_id=row.id, wish=wish, actor=caller.actor, now=caller.now
    )
    return answered(_form(_payout(caller, payout_id)))


def choose(request: HttpRequest, caller: Caller, *, payout_id: str, share_id: str) -> HttpResponse:
    """Choose the way of a share whose method cannot take money back (RP-CF)."""
    row = _payout(caller, payout_id)
    share = named_id(share_id, NoSuchPayout)
    if share not in {each.id for each in row.shares}:
        raise NoSuchPayout
    body = body_of(request, fields=_CHOICE)
    way = text_of(body, "way", required=True)
    if way not in (Way.BANK, Way.BALANCE):
        raise FieldMalformed(field="way")
    actions.choose(
        caller.account_id, share_id=share, way=Way(way), actor=caller.actor, now=caller.now
    )
    return answered(_form(_payout(caller, payout_id)))


def list_refunds(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Answer a page of what was decided on orders and paid months, latest first.

    Refuses: NoSuchClaim, where `before` is none.
    """
    limit = page_length(request)
    rows = decisions.latest_decisions(caller.account_id, before=before_uuid(request), limit=limit)
    return answered(
        {
            "refunds": [_decision_form(row) for row in rows],
            "next_before": str(rows[-1].id) if len(rows) == limit else None,
        }
    )


def _wish(caller: Caller, body: Mapping[str, Json]) -> PayoutWish:
    currency = accounts.account(caller.account_id).currency
    top_up = text_of(body, "top_up", required=False)
    said = text_of(body, "reason", required=False)
    reason = choice_of(said, Reason, field="reason") if said else None
    amount = money_of(body, "amount", currency=currency)
    if reason is not None and reason not in REASONS:
        raise FieldMalformed(field="reason")
    if amount is not None and amount.micro <= 0:
        raise FieldMalformed(field="amount")
    return PayoutWish(
        top_up_id=named_id(top_up, NoSuchTopUp) if top_up else None, amount=amount, reason=reason
    )


def _payout(caller: Caller, payout_id: str) -> PayoutRow:
    return queries.payout(caller.account_id, payout_id=named_id(payout_id, NoSuchPayout))


def _form(row: PayoutRow) -> dict[str, Json]:
    return {
        "id": str(row.id),
        "state": row.state,
        "missing": list(row.missing),
        "clauses": list(row.clauses),
        "asked": None if row.asked is None else row.asked.decimal_text(),
        "granted": row.granted.decimal_text(),
        "currency": row.granted.currency,
        "policy_version": row.policy_version or None,
        "received_at": row.received_at.isoformat(),
        "closed_at": moment(row.closed_at),
        "shares": [_share_form(share) for share in row.shares],
    }


def _share_form(share: ShareRow) -> dict[str, Json]:
    return {
        "id": str(share.id),
        "top_up": None if share.top_up_id is None else str(share.top_up_id),
        "amount": share.amount.decimal_text(),
        "way": share.way.value,
        "closed_at": moment(share.closed_at),
    }


def _decision_form(row: DecisionRow) -> dict[str, Json]:
    return {
        "id": str(row.id),
        "order": str(row.order_id),
        "decision": row.decision,
        "clauses": list(row.clauses),
        "amount": row.amount.decimal_text(),
        "currency": row.amount.currency,
        "policy_version": row.policy_version,
        "decided_at": row.decided_at.isoformat(),
    }
