"""What webhooks keep about people: where to call, and that something was told."""

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


def _sealed(category: Category, copied: Copied) -> Personal:
    return Personal(
        category=category,
        purpose=Purpose.SERVICE,
        basis=Basis.CONTRACT,
        kept=Keep.ACCOUNT,
        copied=copied,
        erased=Erased.SHREDDED,
    )


_ADDRESS = _sealed(Category.CONTACT, Copied.PLAIN)
_SECRET = _sealed(Category.CREDENTIAL, Copied.EXISTENCE)
_SETTING = Personal(
    category=Category.PROFILE,
    purpose=Purpose.SERVICE,
    basis=Basis.CONTRACT,
    kept=Keep.ACCOUNT,
    copied=Copied.PLAIN,
    erased=Erased.DELETED,
    plain="which events a customer wants to hear is asked by SQL for each; it names nobody",
)
_TOLD = Personal(
    category=Category.COMMUNICATION,
    purpose=Purpose.SERVICE,
    basis=Basis.CONTRACT,
    kept=Keep.DAYS_30,
    copied=Copied.PLAIN,
    erased=Erased.DELETED,
    plain="when something was told and how it went is searched by SQL; what it was is not kept",
)
_RANDOM = NotPersonal("random, with the time in it")

PERSONAL: Final[Inventory] = {
    "webhooks_endpoint": {
        **dict.fromkeys(("url", "fallback_url"), _ADDRESS),
        **dict.fromkeys(("secret", "old_secret"), _SECRET),
        **dict.fromkeys(
            (
                "account_id",
                "sort",
                "dialect",
                "lease_id",
                "purpose",
                "method",
                "kinds",
                "old_secret_until",
                "state",
                "failing_since",
                "resting_until",
                "slow",
                "created_at",
            ),
            _SETTING,
        ),
        "id": NotPersonal("random, or a keyed digest that tells nothing"),
        "hosts": NotPersonal("keyed digests that tell nothing, to know a host again"),
    },
    "webhooks_event": {
        "id": _RANDOM,
        **dict.fromkeys(("account_id", "kind", "subject_id", "lease_id", "word", "at"), _TOLD),
    },
    "webhooks_follow": dict.fromkeys(("account_id", "subject_id", "endpoint_id", "at"), _TOLD),
    "webhooks_delivery": dict.fromkeys(
        (
            "account_id",
            "endpoint_id",
            "event_id",
            "state",
            "tries",
            "attempts",
            "next_at",
            "last_status",
            "last_at",
        ),
        _TOLD,
    ),
    "webhooks_attempt": dict.fromkeys(
        (
            "account_id",
            "endpoint_id",
            "event_id",
            "place",
            "at",
            "status",
            "error",
            "duration_ms",
            "answer_bytes",
        ),
        _TOLD,
    ),
}
