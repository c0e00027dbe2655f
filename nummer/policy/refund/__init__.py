"""The refund policy as a pure function: facts in, one decision out."""

from nummer.policy.refund.decide import decide
from nummer.policy.refund.decision import Decision, Verdict
from nummer.policy.refund.facts import (
    Ask,
    PriorRefund,
    Reason,
    RefundFacts,
    Request,
    Restriction,
)
from nummer.policy.refund.output import decide_plain, decision_plain
from nummer.policy.refund.record import (
    facts_from_json,
    facts_json,
    request_from_json,
    request_json,
)

__all__ = [
    "Ask",
    "Decision",
    "PriorRefund",
    "Reason",
    "RefundFacts",
    "Request",
    "Restriction",
    "Verdict",
    "decide",
    "decide_plain",
    "decision_plain",
    "facts_from_json",
    "facts_json",
    "request_from_json",
    "request_json",
]
