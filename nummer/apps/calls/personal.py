"""What calls keep about people."""

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

_CALLED: Final = Personal(
    category=Category.COMMUNICATION,
    purpose=Purpose.SERVICE,
    basis=Basis.CONTRACT,
    kept=Keep.MONTHS_12,
    copied=Copied.PLAIN,
    erased=Erased.SHREDDED,
)
_INDEX: Final = Personal(
    category=Category.COMMUNICATION,
    purpose=Purpose.SERVICE,
    basis=Basis.CONTRACT,
    kept=Keep.MONTHS_12,
    copied=Copied.NO,
    erased=Erased.NULLED,
    plain="a keyed index of the number that was called, to find all calls with it",
)
_MONEY: Final = Personal(
    category=Category.PURCHASE,
    purpose=Purpose.ACCOUNTING,
    basis=Basis.LAW,
    kept=Keep.BOOKS,
    copied=Copied.PLAIN,
    erased=Erased.KEPT,
    plain="what a call took and by which terms; it names nobody once the account is erased",
)
_DIALOG: Final = NotPersonal("a digest of what the engine calls a call; nobody is found by it")
_LIMIT: Final = NotPersonal("what an account may do and how much it did, no word of whom it called")

PERSONAL: Final[Inventory] = {
    "calls_line": dict.fromkeys(
        (
            "account_id",
            "at_once_max",
            "per_second_max",
            "hour_max_micro",
            "day_max_micro",
            "opened",
            "second_from",
            "second_count",
            "hour_from",
            "hour_micro",
            "day_from",
            "day_micro",
        ),
        _LIMIT,
    ),
    "calls_package": dict.fromkeys(
        (
            "account_id",
            "id",
            "local",
            "whole_s",
            "used_s",
            "kept_s",
            "begins_at",
            "ends_at",
        ),
        _MONEY,
    ),
    "calls_call": {
        **dict.fromkeys(
            (
                "account_id",
                "id",
                "lease_id",
                "device_id",
                "e164",
                "destination",
                "state",
                "carrier",
                "cost_id",
                "rate_id",
                "local",
                "currency",
                "tax_bp",
                "setup_net_micro",
                "minute_net_micro",
                "minimum_s",
                "step_s",
                "free_s",
                "package_id",
                "package_s",
                "allowed_s",
                "held_micro",
                "asked_at",
                "answered_at",
                "ended_at",
                "due_at",
                "talk_s",
                "billed_s",
                "covered_s",
                "net_micro",
                "tax_micro",
                "reason",
            ),
            _MONEY,
        ),
        "dialog_index": _DIALOG,
        "theirs_index": _INDEX,
        "content": _CALLED,
    },
}
