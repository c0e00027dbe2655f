"""What numbers and activations keep about people."""

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

_STOCK = NotPersonal("describes a number of our stock")
_FILE = NotPersonal("a list of the operator's own numbers, and how far it is taken in")
_SUM = NotPersonal("a sum over activations; `buyers` is a bit for each of 63 groups of customers")
_USE = Personal(
    category=Category.PURCHASE,
    purpose=Purpose.SERVICE,
    basis=Basis.CONTRACT,
    kept=Keep.YEARS_3,
    copied=Copied.PLAIN,
    erased=Erased.KEPT,
    plain="what happens to an activation is searched and compared in SQL; it names nobody itself",
)

PERSONAL: Final[Inventory] = {
    "numbers_number": dict.fromkeys(
        (
            "id",
            "e164",
            "country",
            "carrier",
            "kind",
            "sms",
            "voice",
            "status",
            "added_at",
            "blocked_at",
            "use",
        ),
        _STOCK,
    ),
    "numbers_slot": {
        **dict.fromkeys(
            ("id", "number_id", "e164", "service_code", "country", "carrier", "withdrawn"), _STOCK
        ),
        **dict.fromkeys(("claimed_at", "account_id", "activation_id", "released_at"), _USE),
    },
    "numbers_activation": dict.fromkeys(
        (
            "account_id",
            "id",
            "public_id",
            "order_id",
            "slot_id",
            "e164",
            "service_code",
            "country",
            "carrier",
            "state",
            "opened_at",
            "window_ends_at",
            "announced_at",
            "another_asked_at",
            "first_sms_at",
            "displayed_at",
            "last_code_at",
            "closed_at",
            "counted",
        ),
        _USE,
    ),
    "numbers_codeday": dict.fromkeys(
        ("service_code", "country", "on_day", "ended", "with_code", "buyers", "times"), _SUM
    ),
    "numbers_coderate": dict.fromkeys(
        (
            "service_code",
            "country",
            "ended",
            "with_code",
            "buyers",
            "times",
            "since_on",
            "window_on",
        ),
        _SUM,
    ),
    "numbers_importrun": {
        "id": _FILE,
        "actor": Personal(
            category=Category.STAFF,
            purpose=Purpose.EVIDENCE,
            basis=Basis.INTEREST,
            kept=Keep.YEARS_3,
            copied=Copied.PLAIN,
            erased=Erased.KEPT,
            plain="an id, never a name",
        ),
        **dict.fromkeys(("created_at", "finished_at", "total", "done", "content"), _FILE),
    },
    "numbers_importrefusal": dict.fromkeys(("run_id", "line", "reason"), _FILE),
}
