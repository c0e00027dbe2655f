"""What decisions keep about people."""

from __future__ import annotations

from typing import Final

from nummer.policy.privacy import (
    Basis,
    Category,
    Copied,
    Erased,
    Inventory,
    Keep,
    NotPersonal,
    Personal,
    Purpose,
)

_DECIDED = Personal(
    category=Category.PURCHASE,
    purpose=Purpose.EVIDENCE,
    basis=Basis.CONTRACT,
    kept=Keep.BOOKS,
    copied=Copied.PLAIN,
    erased=Erased.LATER,
    plain="a decision must be recomputable from its facts; facts are times, sums and states",
)

_RUN = NotPersonal("how far a proof over all decisions is")
_TAKEN = NotPersonal("lives for a moment, until the refund that it is about is decided")

PERSONAL: Final[Inventory] = {
    "refunds_decision": dict.fromkeys(
        (
            "account_id",
            "id",
            "order_id",
            "claim_key",
            "decision",
            "clauses",
            "amount_micro",
            "currency",
            "facts",
            "facts_sha256",
            "policy_version",
            "calendar_version",
            "actor",
            "surface",
            "transfer_id",
            "credited_micro",
            "claim_id",
            "request",
            "outcome",
            "by_people",
            "decided_at",
            "notified_at",
        ),
        _DECIDED,
    ),
    "refunds_claim": dict.fromkeys(
        (
            "account_id",
            "id",
            "order_id",
            "case_id",
            "ask",
            "wants",
            "reason",
            "channel",
            "proof",
            "actor",
            "received_at",
            "filed_at",
            "unsaid",
            "state",
            "decision_id",
            "decided_at",
        ),
        _DECIDED,
    ),
    "refunds_proposal": dict.fromkeys(
        (
            "account_id",
            "id",
            "claim_id",
            "amount_micro",
            "currency",
            "clause",
            "proposed_by",
            "proposed_at",
            "answered_by",
            "answered_at",
            "decision_id",
        ),
        _DECIDED,
    ),
    "refunds_deadline": dict.fromkeys(
        (
            "account_id",
            "id",
            "kind",
            "subject_id",
            "order_id",
            "opened_at",
            "warn_at",
            "due_at",
            "calendar_version",
            "state",
            "warned_at",
            "late_at",
            "closed_at",
        ),
        _DECIDED,
    ),
    "refunds_replayrun": {
        "actor": Personal(
            category=Category.STAFF,
            purpose=Purpose.EVIDENCE,
            basis=Basis.INTEREST,
            kept=Keep.YEARS_3,
            copied=Copied.PLAIN,
            erased=Erased.KEPT,
            plain="an id, never a name",
        ),
        **dict.fromkeys(
            (
                "id",
                "created_at",
                "finished_at",
                "total",
                "done",
                "after_account_id",
                "after_id",
            ),
            _RUN,
        ),
    },
    "refunds_replaydifference": {
        "run_id": _RUN,
        **dict.fromkeys(("account_id", "decision_id", "parts"), _DECIDED),
    },
    "refunds_reported": dict.fromkeys(
        ("account_id", "lease_id", "look_at"),
        NotPersonal("lives until an outage was paid for; the report itself is a fact"),
    ),
    "refunds_taken": dict.fromkeys(("account_id", "activation_id", "reason", "taken_at"), _TAKEN),
}
