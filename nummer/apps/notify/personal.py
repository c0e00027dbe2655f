"""What letters keep about people."""

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


def _letter(*, plain: str = "", erased: Erased = Erased.DELETED) -> Personal:
    return Personal(
        category=Category.COMMUNICATION,
        purpose=Purpose.CONTACT,
        basis=Basis.CONTRACT,
        kept=Keep.YEARS_3,
        copied=Copied.PLAIN,
        erased=erased,
        plain=plain,
    )


_FOUND = _letter(plain="found and ordered by SQL")
_MARKED = _letter(plain="a keyed digest: nobody reads an address in it")

PERSONAL: Final[Inventory] = {
    "notify_letter": {
        "account_id": _FOUND,
        "id": NotPersonal("random, or derived from the id of its cause"),
        "letter": _letter(plain="one of our own words"),
        "locale": _letter(plain="one of three languages"),
        "content": _letter(erased=Erased.SHREDDED),
        "state": _FOUND,
        "attempts": NotPersonal("count of tries"),
        "written_at": _FOUND,
        "due_at": NotPersonal("when to look again"),
        "claimed_until": NotPersonal("who sends it now"),
        "sent_at": _FOUND,
    },
    "notify_dispatch": {
        "number": NotPersonal("counted up"),
        "account_id": _FOUND,
        "letter_id": NotPersonal("the id of a letter"),
        "address_index": _MARKED,
        "at": _FOUND,
    },
    "notify_step": {
        "account_id": _FOUND,
        "id": NotPersonal("random, or derived from the number of a mail"),
        "letter_id": NotPersonal("the id of a letter"),
        "fate": _letter(plain="one of our own words"),
        "status": _letter(plain="a code of RFC 3463"),
        "dispatch": NotPersonal("the number of a mail"),
        "at": _FOUND,
    },
    "notify_address": {
        "account_id": _FOUND,
        "address_index": _MARKED,
        "mark": _letter(plain="one of our own words"),
        "marked_at": _FOUND,
        "lifted_at": _FOUND,
    },
    "notify_preference": {
        "account_id": _FOUND,
        "channel": _letter(plain="one of two words"),
        "chosen_at": _FOUND,
    },
}
