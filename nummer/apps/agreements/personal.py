"""What agreements keep about people: which texts they accepted."""

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

_ACCEPTED = Personal(
    category=Category.AGREEMENT,
    purpose=Purpose.EVIDENCE,
    basis=Basis.INTEREST,
    kept=Keep.YEARS_3,
    copied=Copied.PLAIN,
    erased=Erased.LATER,
    plain="compared by SQL at each purchase; it names nobody but the account's number",
)
_PUBLIC = NotPersonal("published for everybody to read")
_CONSENT = Personal(
    category=Category.AGREEMENT,
    purpose=Purpose.EVIDENCE,
    basis=Basis.LAW,
    kept=Keep.YEARS_3,
    copied=Copied.PLAIN,
    erased=Erased.LATER,
    plain="a yes or no and its moment; it names nobody but the account's number",
)

_SPARED = Personal(
    category=Category.CONTACT,
    purpose=Purpose.EVIDENCE,
    basis=Basis.LAW,  # GDPR, article 21, paragraph 3: who objected is never written to again
    kept=Keep.ALWAYS,
    copied=Copied.EXISTENCE,
    erased=Erased.KEPT,
    plain="a keyed digest: nobody reads an address in it, and no account stands beside it",
)

PERSONAL: Final[Inventory] = {
    "agreements_published": {
        "id": _PUBLIC,
        "document": _PUBLIC,
        "version": _PUBLIC,
        "language": _PUBLIC,
        "title": _PUBLIC,
        "text": _PUBLIC,
        "sha256": _PUBLIC,
        "source_sha256": _PUBLIC,
        "published_at": _PUBLIC,
        "effective_at": _PUBLIC,
        "notice_days": _PUBLIC,
    },
    "agreements_acceptance": {
        "account_id": _ACCEPTED,
        "id": NotPersonal("random, with the time in it"),
        "document": _ACCEPTED,
        "version": _ACCEPTED,
        "language": _ACCEPTED,
        "sha256": _ACCEPTED,
        "surface": _ACCEPTED,
        "key_id": _ACCEPTED,
        "accepted_at": _ACCEPTED,
    },
    "agreements_consent": {
        "account_id": _CONSENT,
        "id": NotPersonal("random, with the time in it"),
        "purpose": _CONSENT,
        "given": _CONSENT,
        "version": _CONSENT,
        "language": _CONSENT,
        "words": NotPersonal("our own words, the same for everybody who read them"),
        "surface": _CONSENT,
        "decided_at": _CONSENT,
    },
    "agreements_offerconsent": dict.fromkeys(
        ("account_id", "purpose", "channel", "act", "at"), _CONSENT
    ),
    "agreements_suppression": {
        "id": NotPersonal("counted up"),
        **dict.fromkeys(("digest", "purpose", "reason", "at"), _SPARED),
    },
}
