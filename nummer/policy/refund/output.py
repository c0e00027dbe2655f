"""A decision as plain data: what `nummer refunds decide` prints and what a record stores."""

from __future__ import annotations

from nummer.policy.refund.decide import decide
from nummer.policy.refund.decision import Decision, Verdict
from nummer.policy.refund.form import Rejected, read

Plain = dict[str, object]


def decide_plain(facts: object, request: object = None) -> Plain:
    """Read, decide, and answer in plain data; input that cannot be decided is rejected."""
    result = read(facts, request)
    if isinstance(result, Rejected):
        return {"decision": "REJECT_INPUT", "errors": list(result.errors)}
    return decision_plain(decide(result.facts, result.request))


def decision_plain(decision: Decision) -> Plain:
    """Return the decision with the keys that apply; none of them is ever null."""
    plain: Plain = {
        "decision": decision.decision.value,
        "clauses": list(decision.clauses),
        "amount": str(decision.exact),
        "currency": decision.currency,
        "destination": decision.destination.value,
    }
    return plain | _dates(decision) | _lists(decision) | _duplicate(decision)


def _dates(decision: Decision) -> Plain:
    dates = {
        "credit_by": decision.credit_by,
        "decide_by": decision.decide_by,
        "settle_by": decision.settle_by,
    }
    return {name: day.isoformat() for name, day in dates.items() if day is not None}


def _lists(decision: Decision) -> Plain:
    split = [
        {
            "method": part.method,
            "destination": part.destination.value,
            "amount": str(part.amount),
        }
        for part in decision.split
    ]
    lists: dict[str, list[object]] = {
        "payout_denied_by": list(decision.payout_denied_by),
        "missing": list(decision.missing),
        "split": list(split),
    }
    return {name: items for name, items in lists.items() if items}


def _duplicate(decision: Decision) -> Plain:
    if decision.decision is not Verdict.DUPLICATE:
        return {}
    return {"duplicate_of": decision.duplicate_of}
