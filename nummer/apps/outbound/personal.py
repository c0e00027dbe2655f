"""What the gate keeps about people: that something left, never what."""

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


def _passage(why: str) -> Personal:
    return Personal(
        category=Category.COMMUNICATION,
        purpose=Purpose.EVIDENCE,
        basis=Basis.LAW,
        kept=Keep.YEARS_3,
        copied=Copied.PLAIN,
        erased=Erased.KEPT,
        plain=why,
    )


PERSONAL: Final[Inventory] = {
    "outbound_passage": {
        "account_id": _passage("an id, searched by SQL"),
        "id": NotPersonal("random, with the time in it"),
        "recipient": _passage("a company's role"),
        "purpose": _passage("one of our own words"),
        "fields": NotPersonal("names of fields"),
        "at": _passage("ordered by SQL"),
    }
}
