"""The other side of an SMS of a rented number: how it is written, and found again while sealed."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from nummer.apps.vault.actions import INDEX_KEY, current_keys, keyed_digest
from nummer.kernel.phone import PhoneNumber

INDEX_KIND: Final = "sms-theirs"
SUBSCRIBER_DIGITS_MIN: Final = 7  # fewer are a short code, which belongs to a network
_NATIONAL: Final = 2  # SMPP 3.4 section 5.2.5


def theirs_of(sender: str, *, type_of_number: int, ours: str) -> str:
    """Return who wrote: E.164 where the carrier gave a subscriber's number, else as he wrote it.

    A number without a type is read as international, as nearly all carriers mean it; one that
    says it is national is completed with the country of our number.
    """
    said = sender.strip()
    digits = said.lstrip("+")
    if not (digits.isascii() and digits.isdigit()) or len(digits) < SUBSCRIBER_DIGITS_MIN:
        return said
    region = PhoneNumber(ours).region if type_of_number == _NATIONAL else None
    try:
        return PhoneNumber.parse(digits if region else f"+{digits}", region=region).e164
    except ValueError:
        return said


def theirs_index(account_id: int, theirs: str) -> bytes:
    """Return 16 octets by which all SMS of an account with one other side are found."""
    return keyed_digest(INDEX_KIND, indexed(account_id, theirs))


def theirs_indexes(account_id: int, others: Collection[str]) -> dict[str, bytes]:
    """Return the same of many other sides, by what they are called."""
    keys = current_keys({INDEX_KEY})
    return {theirs: keys.digest(INDEX_KIND, indexed(account_id, theirs)) for theirs in set(others)}


def indexed(account_id: int, theirs: str) -> str:
    """Return what is indexed: the same other side is another one to another account."""
    return f"{account_id}|{theirs.casefold()}"


def writable(theirs: str) -> PhoneNumber | None:
    """Return the number that can be written to; None for names and short codes."""
    try:
        return PhoneNumber.parse(theirs) if theirs.startswith("+") else None
    except ValueError:
        return None
