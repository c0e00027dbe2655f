"""What papers keep about people: identity papers, sealed with a key of their own."""

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

_RULE: Final = NotPersonal("a rule about numbers, of nobody")
_ID: Final = NotPersonal("random, with the time in it")
_SEALED: Final = Personal(
    category=Category.PAPERS,
    purpose=Purpose.LEGAL,
    basis=Basis.CONTRACT,
    kept=Keep.DAYS_30,
    copied=Copied.PLAIN,
    erased=Erased.SHREDDED,
)


def _known(why: str) -> Personal:
    return Personal(
        category=Category.PAPERS,
        purpose=Purpose.EVIDENCE,
        basis=Basis.INTEREST,
        kept=Keep.YEARS_3,
        copied=Copied.PLAIN,
        erased=Erased.KEPT,
        plain=why,
    )


_JUDGED: Final = _known("what was found is evidence and is searched by SQL; it names nobody")
_LEFT: Final = _known("what went to whom and when is evidence, and names nobody (LD-T4)")
_STAFF: Final = Personal(
    category=Category.STAFF,
    purpose=Purpose.EVIDENCE,
    basis=Basis.INTEREST,
    kept=Keep.YEARS_3,
    copied=Copied.PLAIN,
    erased=Erased.KEPT,
    plain="which member of the staff it was, by number; the customer may see it",
)

PERSONAL: Final[Inventory] = {
    "identity_rule": dict.fromkeys(
        ("id", "country", "kind", "supplier", "customer", "fields", "documents", "from_at"), _RULE
    ),
    "identity_papers": {
        "account_id": _JUDGED,
        "id": _ID,
        "declared": _SEALED,
        "words": _SEALED,
        "grounds": _SEALED,
        "judged_by": _STAFF,
        "taken_by": _STAFF,
        "taken_at": NotPersonal("since when they are a reviewer's task"),
        "findings": _JUDGED,
        "remind_at": _JUDGED,
        "zone_index": Personal(
            category=Category.PAPERS,
            purpose=Purpose.LEGAL,
            basis=Basis.INTEREST,
            kept=Keep.DAYS_30,
            copied=Copied.NO,
            erased=Erased.NULLED,
            plain="a keyed index of a document's number, to know it in another account",
        ),
        **dict.fromkeys(("state", "handed_in_at", "judged_at", "reasons", "expires_on"), _JUDGED),
        "purge_at": _JUDGED,
        "purged_at": _JUDGED,
    },
    "identity_transfer": {
        "account_id": _JUDGED,
        "id": _ID,
        "papers_id": _ID,
        "said": _SEALED,
        **dict.fromkeys(
            ("supplier", "fields", "documents", "verdict", "begun_at", "sent_at", "judged_at"),
            _LEFT,
        ),
        "sending_until": NotPersonal("until when a job may speak with a supplier"),
    },
    "identity_document": {
        "account_id": _JUDGED,
        "id": _ID,
        "papers_id": _ID,
        "kind": _JUDGED,
        "media": _JUDGED,
        "octets": _JUDGED,
        "checked": _JUDGED,
        "check_at": NotPersonal("when the scanner is asked again"),
        "released_by": _STAFF,
        "release": _SEALED,
    },
    "identity_slice": {
        "account_id": _JUDGED,
        "document_id": _ID,
        "part": NotPersonal("whether it is of the file as it came or as it was drawn"),
        "number": NotPersonal("which slice of its file it is"),
        "content": _SEALED,
    },
    "identity_acknowledgement": {
        "account_id": _JUDGED,
        "id": _ID,
        **dict.fromkeys(("fields", "documents", "at"), _known("what was said before an order")),
    },
    "identity_look": {
        "account_id": _JUDGED,
        "id": _ID,
        "papers_id": _ID,
        "document": _JUDGED,
        "at": _JUDGED,
        "actor": _STAFF,
    },
}
