"""What leases keep about people."""

from __future__ import annotations

from dataclasses import replace
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
_HELD = Personal(
    category=Category.PURCHASE,
    purpose=Purpose.SERVICE,
    basis=Basis.CONTRACT,
    kept=Keep.YEARS_3,
    copied=Copied.PLAIN,
    erased=Erased.KEPT,
    plain="whose a number is, is asked by SQL for every message; it names nobody but the account",
)
_BOUGHT = Personal(
    category=Category.PURCHASE,
    purpose=Purpose.ACCOUNTING,
    basis=Basis.LAW,
    kept=Keep.BOOKS,
    copied=Copied.PLAIN,
    erased=Erased.LATER,
    plain="what was sold for how much is bookkeeping; it names nobody but the account's number",
)
_NAMED = Personal(
    category=Category.PURCHASE,
    purpose=Purpose.SERVICE,
    basis=Basis.CONTRACT,
    kept=Keep.YEARS_3,
    copied=Copied.PLAIN,
    erased=Erased.SHREDDED,
)
_TOLD = Personal(
    category=Category.CONTENT,
    purpose=Purpose.SERVICE,
    basis=Basis.CONTRACT,
    kept=Keep.YEARS_3,
    copied=Copied.PLAIN,
    erased=Erased.SHREDDED,
)
_SOMEBODY = Personal(
    category=Category.CONTACT,
    purpose=Purpose.SERVICE,
    basis=Basis.CONTRACT,
    kept=Keep.YEARS_3,
    copied=Copied.MASKED,
    erased=Erased.SHREDDED,
)
_SECRET = Personal(
    category=Category.CREDENTIAL,
    purpose=Purpose.SERVICE,
    basis=Basis.CONTRACT,
    kept=Keep.YEARS_3,
    copied=Copied.MASKED,
    erased=Erased.SHREDDED,
)
_AGREED = Personal(
    category=Category.AGREEMENT,
    purpose=Purpose.EVIDENCE,
    basis=Basis.INTEREST,
    kept=Keep.YEARS_3,
    copied=Copied.PLAIN,
    erased=Erased.KEPT,
    plain="consents and text versions are evidence that decisions compare; they name nobody",
)
# What would tell the giver of a number that there is such an account, and what that one agreed to;
# and what is our own.
_OTHERS = replace(_HELD, copied=Copied.NO)
_OTHERS_AGREED = replace(_AGREED, copied=Copied.NO)

PERSONAL: Final[Inventory] = {
    "leases_rentable": {
        **dict.fromkeys(
            (
                "number_id",
                "e164",
                "country",
                "kind",
                "city",
                "region",
                "area",
                "carrier",
                "sms",
                "voice",
                "supplier",
                "withdrawn",
                "quarantined_until",
                "ported_at",
            ),
            _STOCK,
        ),
        **dict.fromkeys(("account_id", "lease_id", "held_since"), _HELD),
    },
    "leases_lease": {
        **dict.fromkeys(
            (
                "account_id",
                "id",
                "key",
                "price_id",
                "monthly_net_micro",
                "currency",
                "timezone",
                "placed_at",
            ),
            _BOUGHT,
        ),
        **dict.fromkeys(
            (
                "surface",
                "key_id",
                "sub_account_id",
                "consent_immediate_at",
                "texts",
                "documents",
                "for_one_period",
            ),
            _AGREED,
        ),
        **dict.fromkeys(
            (
                "number_id",
                "e164",
                "country",
                "kind",
                "city",
                "carrier",
                "supplier",
                "state",
                "fee_kept",
                "activated_at",
                "anchor_at",
                "months",
                "periods",
                "paid_until",
                "reminded",
                "fee_due_at",
                "retry_at",
                "papers_at",
                "tries",
                "kept_until",
                "next_due_at",
                "settle_due_at",
                "ended_at",
                "end_reason",
                "leave_reason",
                "shown_free",
                "taken_back_at",
            ),
            _HELD,
        ),
        "supply_id": _OTHERS,
    },
    "leases_period": dict.fromkeys(
        (
            "account_id",
            "id",
            "lease_id",
            "place",
            "starts_at",
            "ends_at",
            "monthly_net_micro",
            "monthly_tax_micro",
            "setup_net_micro",
            "setup_tax_micro",
            "tax_rate_bp",
            "currency",
            "agreed_at",
            "charged_at",
        ),
        _BOUGHT,
    ),
    "leases_instruction": dict.fromkeys(
        (
            "account_id",
            "id",
            "lease_id",
            "supplier",
            "reference",
            "e164",
            "verb",
            "made_at",
            "tries",
            "due_at",
            "done_at",
            "answer",
        ),
        _HELD,
    ),
    "leases_holding": dict.fromkeys(
        ("account_id", "id", "lease_id", "number_id", "e164", "from_at", "until_at"), _HELD
    ),
    "leases_replacement": {
        **dict.fromkeys(
            (
                "account_id",
                "id",
                "lease_id",
                "because",
                "reason",
                "old_e164",
                "new_e164",
                "state",
                "made_at",
                "answer_by",
                "closed_at",
                "actor",
            ),
            _HELD,
        ),
        "words": _TOLD,
    },
    "leases_handover": {
        **dict.fromkeys(
            (
                "account_id",
                "id",
                "lease_id",
                "e164",
                "state",
                "offered_at",
                "expires_at",
                "due_at",
                "ended_at",
            ),
            _HELD,
        ),
        **dict.fromkeys(("to_account_id", "to_lease_id", "accepted_at"), _OTHERS),
        **dict.fromkeys(("price_id", "monthly_net_micro", "currency", "texts"), _OTHERS_AGREED),
        "to_email": _SOMEBODY,
    },
    "leases_portout": {
        **dict.fromkeys(
            (
                "account_id",
                "id",
                "lease_id",
                "case_number",
                "state",
                "asked_at",
                "port_on",
                "refusal",
                "actor",
                "ended_at",
            ),
            _HELD,
        ),
        "code": _SECRET,
        "words": _TOLD,
    },
    "leases_ending": {
        **dict.fromkeys(("account_id", "lease_id", "cause", "actor", "at"), _HELD),
        "words": _TOLD,
    },
    "leases_label": {
        **dict.fromkeys(("account_id", "lease_id", "changed_at"), _HELD),
        "text": _NAMED,
    },
}
