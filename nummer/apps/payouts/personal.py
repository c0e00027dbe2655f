"""What payouts keep about people; no number of a card or an account is among it."""

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

_PAID: Final = Personal(
    category=Category.PURCHASE,
    purpose=Purpose.ACCOUNTING,
    basis=Basis.LAW,
    kept=Keep.BOOKS,
    copied=Copied.PLAIN,
    erased=Erased.KEPT,
    plain="compared and summed in SQL; once the account is erased the id names nobody",
)
_DECIDED: Final = Personal(
    category=Category.PURCHASE,
    purpose=Purpose.EVIDENCE,
    basis=Basis.CONTRACT,
    kept=Keep.BOOKS,
    copied=Copied.PLAIN,
    erased=Erased.LATER,
    plain="a decision must be recomputable from its facts; facts are times, sums and states",
)

PERSONAL: Final[Inventory] = {
    "payouts_payout": {
        **dict.fromkeys(
            (
                "account_id",
                "id",
                "subject",
                "subject_id",
                "decision_id",
                "asked_micro",
                "currency",
                "details",
                "granted_micro",
                "held_micro",
                "state",
                "closed_at",
            ),
            _PAID,
        ),
        **dict.fromkeys(
            (
                "reason",
                "channel",
                "actor",
                "received_at",
                "missing",
                "decision",
                "clauses",
                "decide_by",
                "settle_by",
                "facts",
                "request",
                "facts_sha256",
                "policy_version",
                "calendar_version",
                "asked_at",
                "decided_at",
                "granted_at",
                "first_release",
                "second_release",
            ),
            _DECIDED,
        ),
        "round": NotPersonal("how often the money was held anew"),
        "look_at": NotPersonal("when a request is looked at again"),
    },
    "payouts_share": {
        **dict.fromkeys(
            (
                "account_id",
                "id",
                "payout_id",
                "place",
                "top_up_id",
                "amount_micro",
                "currency",
                "way",
                "hold_id",
                "refund_id",
                "bank_reference",
                "actor",
                "chosen_at",
                "closed_at",
            ),
            _PAID,
        ),
        "look_at": NotPersonal("when a share is looked at again"),
    },
}
