"""Small words for writing refund cases: facts, requests and the decisions expected."""

from __future__ import annotations

import pytest

from nummer.policy.refund.output import decide_plain

Plain = dict[str, object]
# What happens, the facts, what is asked, the whole answer.
Row = tuple[str, Plain, Plain | None, Plain]
Case = tuple[Plain, Plain | None, Plain]

FIELDS: Plain = {
    "service_name": "Number rental",
    "amount": "30.00",
    "reason": "as described",
    "details": "reference of the payment",
}


def rental(order: Plain | None = None, **facts: object) -> Plain:
    """Return a rental of 30 days in June 2026 in Oslo for 30.00, working from the start."""
    begun = "2026-06-01T10:00:00+02:00"
    standard: Plain = {
        "kind": "rental",
        "price": "30.00",
        "ordered_at": begun,
        "period_start": begun,
        "period_end": "2026-07-01T10:00:00+02:00",
        "rendered_at": begun,
        "consent_immediate": True,
    }
    return {
        "now": "2026-07-01T10:00:00+02:00",
        "account": {"status": "active", "balance": "50.00"},
        "order": standard | (order or {}),
    } | facts


def one_time(sms: Plain | None = None, *, order: Plain | None = None, **facts: object) -> Plain:
    """Return a one-time number for 0.40, ordered on Wednesday 10 June 2026 with 20 minutes."""
    standard: Plain = {
        "kind": "one_time",
        "price": "0.40",
        "ordered_at": "2026-06-10T12:00:00+02:00",
        "consent_immediate": True,
    }
    return {
        "now": "2026-06-10T12:20:00+02:00",
        "account": {"status": "active", "balance": "50.00"},
        "order": standard | (order or {}),
        "sms": {"window_end": "2026-06-10T12:20:00+02:00"} | (sms or {}),
    } | facts


def at(text: str) -> str:
    """Return an instant of June 2026 in Oslo from `11 12:00`."""
    day, time = text.split()
    return f"2026-06-{int(day):02}T{time if time.count(':') == 2 else time + ':00'}+02:00"


def ask(what: str, received_at: str, **more: object) -> Plain:
    """Return a request; payouts carry all their fields unless told otherwise."""
    return {"ask": what, "received_at": received_at, "fields": FIELDS} | more


def outage(reported_at: str, cleared_at: str | None = None, **more: object) -> Plain:
    """Return one report."""
    return {"reported_at": reported_at, "cleared_at": cleared_at} | more


def block(blocked_at: str, reason: str = "unrelated") -> Plain:
    """Return a carrier's block, known at once."""
    return {"at": blocked_at, "known_at": blocked_at, "reason": reason}


def booked(ground: str, amount: str, destination: str = "balance", **more: object) -> Plain:
    """Return an earlier decision on the order."""
    return {"ground": ground, "amount": amount, "destination": destination} | more


def credit(clauses: str, amount: str, *, by: str, **more: object) -> Plain:
    """Expect money to the balance."""
    return _answer("CREDIT", clauses, amount, destination="balance", credit_by=by, **more)


def payout(
    clauses: str, amount: str, *, settle: str, to: str = "payment_method", **more: object
) -> Plain:
    """Expect money to the client."""
    return _answer("PAYOUT", clauses, amount, destination=to, settle_by=settle, **more)


def alternative(clauses: str, amount: str, **more: object) -> Plain:
    """Expect money that needs another way, since the balance is gone."""
    return _answer("ALTERNATIVE", clauses, amount, destination="alternative", **more)


def hold(clauses: str, amount: str, **more: object) -> Plain:
    """Expect a payout to wait."""
    return _answer("HOLD", clauses, amount, **more)


def none(clauses: str = "", **more: object) -> Plain:
    """Expect the engine, running by itself, to find nothing due."""
    return _answer("NONE", clauses, "0.00", **more)


def deny(clauses: str, **more: object) -> Plain:
    """Expect a refusal."""
    return _answer("DENY", clauses, "0.00", **more)


def other(decision: str, clauses: str, **more: object) -> Plain:
    """Expect one of the answers that move nothing."""
    return _answer(decision, clauses, "0.00", **more)


def rejected(*errors: str) -> Plain:
    """Expect input that cannot be decided."""
    return {"decision": "REJECT_INPUT", "errors": list(errors)}


def _answer(decision: str, clauses: str, amount: str, **more: object) -> Plain:
    answer: Plain = {
        "decision": decision,
        "clauses": clauses.split(),
        "amount": amount,
        "currency": "EUR",
        "destination": "none",
    }
    return answer | {
        ("decide_by" if key == "decide" else key): value for key, value in more.items()
    }


def table(rows: list[Row]) -> pytest.MarkDecorator:
    """Run a test once for each row, under the row's spoken label."""
    return pytest.mark.parametrize("case", [pytest.param(row[1:], id=row[0]) for row in rows])


def assert_decided(case: Case) -> None:
    """Assert the whole answer, no key more and none less."""
    facts, request, expected = case
    assert decide_plain(facts, request) == expected
