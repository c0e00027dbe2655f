"""What cases keep about people."""

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


def _said(*, kept: Keep = Keep.YEARS_3) -> Personal:
    """Return how what was written is kept: sealed, until the matter can be disputed no more."""
    return Personal(
        category=Category.CONTENT,
        purpose=Purpose.CONTACT,
        basis=Basis.CONTRACT,
        kept=kept,
        copied=Copied.PLAIN,
        erased=Erased.SHREDDED,
    )


def _fact(why: str, *, kept: Keep = Keep.YEARS_3) -> Personal:
    return Personal(
        category=Category.COMMUNICATION,
        purpose=Purpose.EVIDENCE,
        basis=Basis.INTEREST,
        kept=kept,
        copied=Copied.PLAIN,
        erased=Erased.KEPT,
        plain=why,
    )


_FOUND: Final = _fact("found and ordered by SQL")
_WORD: Final = _fact("one of our own words")
_CLOCK: Final = _fact("a clock of the matter, compared by SQL")
_INDEX: Final = Personal(
    category=Category.CONTACT,
    purpose=Purpose.CONTACT,
    basis=Basis.INTEREST,
    kept=Keep.YEARS_3,
    copied=Copied.NO,
    erased=Erased.NULLED,
    plain="a keyed index of the address, to know it again",
)

PERSONAL: Final[Inventory] = {
    "cases_casenumber": {
        "number": NotPersonal("a count"),
        "account_id": _FOUND,
        "case_id": _FOUND,
    },
    "cases_case": {
        **dict.fromkeys(("account_id", "id", "number", "order_id"), _FOUND),
        **dict.fromkeys(
            ("kind", "channel", "proof", "state", "language", "due_rule", "rating"), _WORD
        ),
        **dict.fromkeys(
            (
                "received_at",
                "confirmed_at",
                "last_at",
                "answered_at",
                "closed_at",
                "due_on",
                "waits_since",
                "rated_at",
            ),
            _CLOCK,
        ),
        "assignee": _fact("a kind and an id"),
        "merged_into": _FOUND,
        "subject": _said(),
        "sender": _said(),
        "sender_index": _INDEX,
        "calendar_version": NotPersonal("version of a list of holidays"),
        "purge_at": NotPersonal("when the row goes"),
    },
    "cases_message": {
        **dict.fromkeys(("account_id", "id", "case_id", "inbound"), _FOUND),
        **dict.fromkeys(
            ("channel", "proof", "dkim", "standard", "automatic", "redacted", "cut"), _WORD
        ),
        "actor": _fact("a kind and an id"),
        "at": _CLOCK,
        "content": _said(),
        "raw": _said(kept=Keep.MONTHS_12),
        "raw_until": NotPersonal("when the octets go"),
    },
    "cases_attachment": {
        **dict.fromkeys(("account_id", "id", "message_id"), _FOUND),
        "media": _WORD,
        "content": _said(),
    },
    "cases_access": {
        **dict.fromkeys(("account_id", "id", "case_id", "number"), _FOUND),
        "actor": _fact("a kind and an id"),
        "why": _WORD,
        **dict.fromkeys(("at", "until"), _CLOCK),
    },
    "cases_note": {
        **dict.fromkeys(("account_id", "id", "case_id"), _FOUND),
        "actor": _fact("a kind and an id"),
        "at": _CLOCK,
        "content": Personal(
            category=Category.CONTENT,
            purpose=Purpose.EVIDENCE,
            basis=Basis.INTEREST,
            kept=Keep.YEARS_3,
            copied=Copied.NO,  # thoughts of the staff, which a copy does not hold (hostile 12)
            erased=Erased.SHREDDED,
        ),
    },
    "cases_standard_answer": {
        **dict.fromkeys(
            ("code", "version", "kind", "title", "en", "nb", "de", "retired"),
            NotPersonal("a text of ours to everybody"),
        ),
        "actor": NotPersonal("a kind and an id of the staff"),
        "at": NotPersonal("when a text of ours was written"),
    },
    "cases_answer_count": {
        "address_index": Personal(
            category=Category.CONTACT,
            purpose=Purpose.SAFETY,
            basis=Basis.INTEREST,
            kept=Keep.DAYS_30,
            copied=Copied.NO,
            erased=Erased.DELETED,
            plain="a keyed index of an address, kept for some days",
        ),
        "day": NotPersonal("a day"),
        "count": NotPersonal("how many answers"),
    },
}
