"""What facts keep about people."""

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


def _fact(why: str) -> Personal:
    return Personal(
        category=Category.PURCHASE,
        purpose=Purpose.EVIDENCE,
        basis=Basis.CONTRACT,
        kept=Keep.BOOKS,
        copied=Copied.PLAIN,
        erased=Erased.LATER,
        plain=why,
    )


def _conduct(why: str) -> Personal:
    return Personal(
        category=Category.CONDUCT,
        purpose=Purpose.LEGAL,
        basis=Basis.LAW,
        kept=Keep.YEARS_3,
        copied=Copied.NO,  # an authority may forbid telling; the register of disclosures decides
        erased=Erased.LATER,
        plain=why,
    )


_DECIDES = _fact("a decision is gathered from it in SQL; times, words of ours and ids, no names")
_SAID = Personal(
    category=Category.CONTENT,
    purpose=Purpose.EVIDENCE,
    basis=Basis.CONTRACT,
    kept=Keep.YEARS_3,
    copied=Copied.PLAIN,
    erased=Erased.SHREDDED,
)
_BY_STAFF = Personal(
    category=Category.STAFF,
    purpose=Purpose.EVIDENCE,
    basis=Basis.INTEREST,
    kept=Keep.YEARS_3,
    copied=Copied.NO,
    erased=Erased.KEPT,
    plain="an id, never a name",
)
_BLOCKED = _conduct("asked by SQL whenever money is to leave; a reference and words of ours")
_ID = NotPersonal("random, with the time in it")
_MANY = NotPersonal("concerns all in a scope of carriers, countries, services or our own numbers")
_CARRIER = NotPersonal("what a carrier said about its own numbers, and how it signed")
_TOLD = NotPersonal("lives until the letter about an incident was written")
_SECRET = Personal(
    category=Category.CREDENTIAL,
    purpose=Purpose.SAFETY,
    basis=Basis.INTEREST,
    kept=Keep.ACCOUNT,
    copied=Copied.NO,
    erased=Erased.KEPT,
)

PERSONAL: Final[Inventory] = {
    "incidents_fact": {
        **dict.fromkeys(
            (
                "account_id",
                "subject_kind",
                "subject_id",
                "kind",
                "word",
                "holds",
                "about",
                "incident_id",
                "case_id",
                "source",
                "happened_at",
                "learned_at",
                "reference",
            ),
            _DECIDES,
        ),
        "id": _ID,
        "actor": _BY_STAFF,
        "with_actor": _BY_STAFF,
        "evidence": _SAID,
        "snapshot": _fact(
            "what stood on sale or was searched, or how a mail was proven: about nobody"
        ),
    },
    "incidents_incident": {
        **dict.fromkeys(
            (
                "id",
                "kind",
                "carrier",
                "country",
                "service",
                "numbers",
                "words",
                "began_at",
                "published_at",
            ),
            _MANY,
        ),
        "actor": _BY_STAFF,
    },
    "incidents_incidentend": {
        **dict.fromkeys(("incident_id", "ended_at", "learned_at"), _MANY),
        "actor": _BY_STAFF,
    },
    "incidents_incidentdraft": {
        **dict.fromkeys(
            (
                "id",
                "carrier",
                "country",
                "reason",
                "began_at",
                "raised_at",
                "over_at",
                "decided_at",
                "incident_id",
            ),
            _MANY,
        ),
        "actor": _BY_STAFF,
    },
    "incidents_maintenance": {
        **dict.fromkeys(
            (
                "id",
                "carrier",
                "country",
                "words",
                "words_nb",
                "words_de",
                "begins_at",
                "ends_at",
                "published_at",
                "called_off_at",
            ),
            _MANY,
        ),
        "actor": _BY_STAFF,
    },
    "incidents_incidentletter": dict.fromkeys(
        ("account_id", "order_id", "incident_id", "due_at"), _TOLD
    ),
    "incidents_planletter": dict.fromkeys(("account_id", "plan_id", "due_at"), _TOLD),
    "incidents_carrierkey": {
        **dict.fromkeys(("id", "carrier", "added_at", "stopped_at"), _CARRIER),
        "key": _SECRET,
    },
    "incidents_carriernotice": dict.fromkeys(
        (
            "id",
            "carrier",
            "event",
            "number",
            "country",
            "reason",
            "words",
            "happened_at",
            "received_at",
            "nonce",
            "signed_at",
            "body_sha256",
        ),
        _CARRIER,
    ),
    "incidents_blockproposal": {
        **dict.fromkeys(
            ("account_id", "id", "reference", "authority", "proposed_at"),
            _BLOCKED,
        ),
        "actor": _BY_STAFF,
    },
    "incidents_balanceblock": {
        **dict.fromkeys(("account_id", "id", "reference", "began_at"), _BLOCKED),
        "proposed_by": _BY_STAFF,
        "approved_by": _BY_STAFF,
    },
    "incidents_blockrelease": {
        **dict.fromkeys(("account_id", "id", "reason", "released_at"), _BLOCKED),
        "actor": _BY_STAFF,
    },
}
