"""What messages keep about people."""

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

_CONTENT = Personal(
    category=Category.CONTENT,
    purpose=Purpose.SERVICE,
    basis=Basis.CONTRACT,
    kept=Keep.DAYS_30,
    copied=Copied.PLAIN,
    erased=Erased.SHREDDED,
)
_TRACE = Personal(
    category=Category.COMMUNICATION,
    purpose=Purpose.EVIDENCE,
    basis=Basis.INTEREST,
    kept=Keep.DAYS_30,
    copied=Copied.PLAIN,
    erased=Erased.KEPT,
    plain="that a message came, when and to which of our numbers, decides refunds (RP-B4)",
)
_RECIPIENT = Personal(
    category=Category.CONTACT,
    purpose=Purpose.LOGIN,
    basis=Basis.CONTRACT,
    kept=Keep.DAYS_30,
    copied=Copied.PLAIN,
    erased=Erased.SHREDDED,
)
_PART = NotPersonal("a part lives for a minute and belongs to no customer yet")
_COUNT = NotPersonal("how many rows were deleted on a day")
_INDEX = Personal(
    category=Category.COMMUNICATION,
    purpose=Purpose.SERVICE,
    basis=Basis.CONTRACT,
    kept=Keep.DAYS_30,
    copied=Copied.NO,
    erased=Erased.NULLED,
    plain="a keyed index of the content, to recognise what a carrier sends twice",
)
_MONEY = Personal(
    category=Category.PURCHASE,
    purpose=Purpose.ACCOUNTING,
    basis=Basis.LAW,
    kept=Keep.BOOKS,
    copied=Copied.PLAIN,
    erased=Erased.KEPT,
    plain="sums are computed in SQL; once the account is erased the id names nobody",
)
_CONDUCT = Personal(
    category=Category.CONDUCT,
    purpose=Purpose.SAFETY,
    basis=Basis.INTEREST,
    kept=Keep.ACCOUNT,
    copied=Copied.PLAIN,
    erased=Erased.KEPT,
    plain="how much was sent lately, which limits are judged by",
)
_CHOICE = Personal(
    category=Category.COMMUNICATION,
    purpose=Purpose.SERVICE,
    basis=Basis.CONTRACT,
    kept=Keep.ACCOUNT,
    copied=Copied.PLAIN,
    erased=Erased.DELETED,
    plain="each text that a number sends is checked against it",
)
_THEIRS_CHOICE = Personal(
    category=Category.COMMUNICATION,
    purpose=Purpose.LEGAL,
    basis=Basis.LAW,
    kept=Keep.ACCOUNT,
    copied=Copied.NO,
    erased=Erased.DELETED,
    plain="a keyed index of the number of somebody who wants no more texts",
)
_COST = NotPersonal("what a carrier takes for a text; nothing about a person")

_THEIRS: Final = Personal(
    category=Category.COMMUNICATION,
    purpose=Purpose.SERVICE,
    basis=Basis.CONTRACT,
    kept=Keep.DAYS_30,
    copied=Copied.NO,
    erased=Erased.NULLED,
    plain="a keyed index of the other side's number, by which a conversation is found",
)

_REPLY: Final = Personal(
    category=Category.CONTENT,
    purpose=Purpose.SERVICE,
    basis=Basis.CONTRACT,
    kept=Keep.ACCOUNT,
    copied=Copied.PLAIN,
    erased=Erased.SHREDDED,
)
_WISH: Final = Personal(
    category=Category.COMMUNICATION,
    purpose=Purpose.SERVICE,
    basis=Basis.CONTRACT,
    kept=Keep.ACCOUNT,
    copied=Copied.PLAIN,
    erased=Erased.DELETED,
    plain="decides where an SMS goes on, in the statement that stores it",
)
_READ: Final = Personal(
    category=Category.COMMUNICATION,
    purpose=Purpose.SERVICE,
    basis=Basis.CONTRACT,
    kept=Keep.DAYS_30,
    copied=Copied.PLAIN,
    erased=Erased.DELETED,
    plain="how far a conversation was read, which is compared with ids",
)
_GOING: Final = NotPersonal("names a message that waits to go on, for seconds")

PERSONAL: Final[Inventory] = {
    "messaging_message": {
        **dict.fromkeys(("content", "sender", "text", "code", "raw"), _CONTENT),
        **dict.fromkeys(
            (
                "account_id",
                "id",
                "activation_id",
                "while_activation_id",
                "e164",
                "carrier",
                "outcome",
                "matched",
                "received_at",
                "stored_at",
                "parts",
                "lease_id",
                "redacted_at",
            ),
            _TRACE,
        ),
        "content_index": _INDEX,
        "theirs_index": _THEIRS,
    },
    "messaging_inbox": {
        "reply": _REPLY,
        **dict.fromkeys(("account_id", "lease_id", "mailed", "changed_at"), _WISH),
    },
    "messaging_conversation": {
        "theirs_index": _THEIRS,
        **dict.fromkeys(
            ("account_id", "lease_id", "read_until", "replied_at", "changed_at"), _READ
        ),
    },
    "messaging_forward": dict.fromkeys(("account_id", "id", "kind", "lease_id", "due_at"), _GOING),
    "messaging_part": {
        **dict.fromkeys(("id", "set_index", "sequence", "total", "carrier", "received_at"), _PART),
        "raw": _CONTENT,
    },
    "messaging_outgoing": {
        "to": _RECIPIENT,
        "text": _CONTENT,
        "content": _CONTENT,
        "theirs_index": _THEIRS,
        **dict.fromkeys(
            (
                "account_id",
                "id",
                "key",
                "purpose",
                "sender",
                "state",
                "carrier",
                "carrier_message_id",
                "error_status",
                "queued_at",
                "taken_at",
                "sent_at",
                "done_at",
                "lease_id",
                "ours",
                "parts",
                "rate_id",
                "net_micro",
                "tax_micro",
                "currency",
                "charge_id",
                "reason",
                "surface",
                "key_id",
                "deleted",
                "receipt_owed",
            ),
            _TRACE,
        ),
        **dict.fromkeys(("routes", "supplier", "cost_micro", "cost_currency"), _COST),
    },
    "messaging_deadline": dict.fromkeys(("account_id", "id", "until"), _GOING),
    "messaging_charge": dict.fromkeys(
        (
            "account_id",
            "id",
            "currency",
            "held_micro",
            "waiting",
            "unknown",
            "net_micro",
            "tax_micro",
            "opened_at",
            "closed_at",
        ),
        _MONEY,
    ),
    "messaging_sender": dict.fromkeys(
        (
            "account_id",
            "minute_from",
            "minute_count",
            "day_from",
            "day_count",
            "abroad_count",
            "spent_micro",
            "spend_max_micro",
        ),
        _CONDUCT,
    ),
    "messaging_pushed": dict.fromkeys(("account_id", "upto", "since"), _CHOICE),
    "messaging_sendinglimits": dict.fromkeys(
        (
            "account_id",
            "per_minute",
            "per_day",
            "new_recipients_per_hour",
            "new_abroad_per_day",
            "changed_at",
        ),
        _CONDUCT,
    ),
    "messaging_optout": {
        **dict.fromkeys(("account_id", "id", "lease_id", "since"), _CHOICE),
        "theirs_index": _THEIRS_CHOICE,
    },
    "messaging_quiet": dict.fromkeys(("account_id", "lease_id", "since"), _CHOICE),
    "messaging_minute": dict.fromkeys(
        ("minute", "came", "acknowledged", "refused", "left", "declined"),
        NotPersonal("how many SMS a minute had, of all customers together"),
    ),
    "messaging_purge": dict.fromkeys(("day", "before", "messages", "outgoing"), _COUNT),
}
