"""Facts and decisions as JSON, so that a stored record can be computed again."""

from __future__ import annotations

from datetime import datetime

from nummer.policy.refund.amounts import Amount
from nummer.policy.refund.facts import (
    AccountStatus,
    Order,
    RefundFacts,
    Request,
    Restriction,
)
from nummer.policy.refund.form import Plain, Read, read
from nummer.policy.refund.output import decision_plain

__all__ = ["decision_plain", "facts_from_json", "facts_json", "request_from_json", "request_json"]

_ANY_FACTS = {"now": "2000-01-01T00:00:00+00:00"}


def facts_json(facts: RefundFacts) -> dict[str, object]:
    """Return the facts in the form that `facts_from_json` and `nummer refunds decide` read.

    Holds no personal data: no id of a person, no text of a message, no field of a request.
    """
    return _without_nulls(
        {
            "now": _at(facts.now),
            "currency": facts.currency,
            "timezone": facts.timezone,
            "operator_calendar": facts.operator_calendar,
            "customer_calendar": facts.customer_calendar,
            "profile": "eea_consumer" if facts.eea_consumer else None,
            "page_said_it": facts.page_said_it,
            "chargeback": facts.chargeback_open,
            "duplicate_capture": _amount_part(facts.captured_without_order),
            "account": _account(facts),
            "order": _order(facts.order) if facts.order else None,
            "outages": _outages(facts),
            "deactivated": _deactivated(facts),
            "carrier_block": _carrier_block(facts),
            "carrier_fault": _carrier_fault(facts),
            "replacement": {
                "available": facts.replacement.available,
                "accepted": facts.replacement.accepted,
            },
            "stock_failure": _stock_failure(facts),
            "provision_failure": _at_part(facts.provision_failed_at),
            "kyc": _papers(facts),
            "sms": _sms(facts),
            "restriction": _restriction(facts.restriction),
            "undelivered": _at_part(facts.undelivered_at),
            "abuse": _abuse(facts),
            "funding": _funding(facts),
            "prior_refunds": _prior_refunds(facts),
        }
    )


def facts_from_json(plain: Plain) -> RefundFacts:
    """Read facts that `facts_json` wrote."""
    result = read(plain)
    assert isinstance(result, Read), "stored facts are well formed"
    return result.facts


def request_json(request: Request) -> dict[str, object]:
    """Return what was asked, without a word of the client's own."""
    return _without_nulls(
        {
            "ask": request.ask.value,
            "received_at": _at(request.received_at),
            "wants": "payout" if request.payout_wanted else "balance",
            "reason": request.reason.value if request.reason else None,
            "fields": {
                name: "1" if name == "amount" else "given" for name in sorted(request.fields_given)
            },
        }
    )


def request_from_json(plain: Plain) -> Request:
    """Read a request that `request_json` wrote."""
    result = read(_ANY_FACTS, plain)
    assert isinstance(result, Read), "a stored request is well formed"
    assert result.request is not None, "a stored request asks something"
    return result.request


def _without_nulls(plain: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in plain.items() if value is not None}


def _at(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _at_part(at: datetime | None) -> dict[str, object] | None:
    return {"at": at.isoformat()} if at else None


def _amount_part(amount: Amount | None) -> dict[str, object] | None:
    return {"amount": str(amount)} if amount is not None else None


def _account(facts: RefundFacts) -> dict[str, object]:
    account = facts.account
    blocked = account.status is AccountStatus.BLOCKED_LAW_ENFORCEMENT
    return _without_nulls(
        {
            "status": account.status.value,
            "balance": str(account.balance),
            # A reference names a case of an authority; that there is one is all that decides.
            "le_reference": "on record" if blocked else None,
            "closed_at": _at(account.closed_at),
            "acknowledged_includes_pending": account.acknowledged_includes_pending,
        }
    )


def _order(order: Order) -> dict[str, object]:
    return _without_nulls(
        {
            "kind": order.kind.value,
            "price": str(order.price),
            "setup_fee": str(order.setup_fee),
            "ordered_at": _at(order.ordered_at),
            "period_start": _at(order.period_start),
            "period_end": _at(order.period_end),
            "rendered_at": _at(order.rendered_at),
            "consent_immediate": order.consent_immediate,
            "renewal": "auto" if order.renewed_automatically else None,
        }
    )


def _outages(facts: RefundFacts) -> list[object] | None:
    if facts.outages is None:
        return None
    return [
        _without_nulls(
            {
                "reported_at": _at(outage.reported_at),
                "cleared_at": _at(outage.cleared_at),
                "cause": "client_activity" if outage.caused_by_client else None,
            }
        )
        for outage in facts.outages
    ]


def _deactivated(facts: RefundFacts) -> dict[str, object] | None:
    off = facts.deactivated
    return (
        None
        if off is None
        else {"at": _at(off.at), "by": "client" if off.by_client else "operator"}
    )


def _carrier_block(facts: RefundFacts) -> dict[str, object] | None:
    block = facts.carrier_block
    return (
        None
        if block is None
        else {
            "at": _at(block.at),
            "known_at": _at(block.known_at),
            "reason": "client_activity" if block.caused_by_client else "unrelated",
        }
    )


def _carrier_fault(facts: RefundFacts) -> dict[str, object] | None:
    fault = facts.carrier_fault
    return None if fault is None else {"at": _at(fault.failed_at), "known_at": _at(fault.known_at)}


def _stock_failure(facts: RefundFacts) -> dict[str, object] | None:
    stock = facts.stock_failure
    return (
        None
        if stock is None
        else {
            "at": _at(stock.at),
            "was_listed": stock.was_listed,
            "city_out_of_stock": stock.place_out_of_stock,
        }
    )


def _papers(facts: RefundFacts) -> dict[str, object] | None:
    papers = facts.papers
    return (
        None
        if papers is None
        else {
            "status": papers.status.value,
            "at": _at(papers.at),
            "shown": papers.shown,
        }
    )


def _sms(facts: RefundFacts) -> dict[str, object] | None:
    sms = facts.sms
    return (
        None
        if sms is None
        else _without_nulls(
            {
                "window_end": _at(sms.window_end),
                "received_at": _at(sms.received_at),
                "displayed_at": _at(sms.displayed_at),
                "cancelled_at": _at(sms.cancelled_at),
                "from_ordered_service": sms.from_ordered_service,
            }
        )
    )


def _restriction(restriction: Restriction) -> dict[str, object]:
    return {
        "shown": restriction.shown,
        "acknowledged": restriction.acknowledged,
        "breached": restriction.breached,
        "caused_failure": restriction.caused_failure,
    }


def _abuse(facts: RefundFacts) -> dict[str, object] | None:
    abuse = facts.abuse
    return (
        None
        if abuse is None
        else {
            "status": "confirmed" if abuse.confirmed else "suspected",
            "scope": abuse.scope.value,
        }
    )


def _funding(facts: RefundFacts) -> list[object]:
    return [
        {
            "method": share.method,
            "amount": str(share.amount),
            "refundable": share.refundable,
            "promo": share.promo,
        }
        for share in facts.funding
    ]


def _prior_refunds(facts: RefundFacts) -> list[object]:
    return [
        _without_nulls(
            {
                "ground": prior.ground,
                "amount": str(prior.amount),
                "destination": prior.destination.value,
                "same_claim": prior.same_claim,
                "decision": prior.decision,
            }
        )
        for prior in facts.prior_refunds
    ]
