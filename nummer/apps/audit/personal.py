"""What the record keeps about people: ids and names of fields."""

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


def _line(why: str) -> Personal:
    return Personal(
        category=Category.CONDUCT,
        purpose=Purpose.EVIDENCE,
        basis=Basis.INTEREST,
        kept=Keep.YEARS_3,
        copied=Copied.PLAIN,
        erased=Erased.KEPT,
        plain=why,
    )


PERSONAL: Final[Inventory] = {
    "audit_line": {
        "id": NotPersonal("random, with the time in it"),
        "at": _line("ordered by SQL"),
        "actor": _line("an id, never a name"),
        "verb": _line("one of our own words"),
        "place": NotPersonal("name of a table"),
        "row": _line("an id"),
        "account_id": _line("an id, searched by SQL"),
        "fields": NotPersonal("names of columns"),
    }
}
