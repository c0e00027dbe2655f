"""The way back of a mail: a signed return path, by which what returns finds its letter."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID

from nummer.apps.accounts.emails import normalise_email
from nummer.apps.agreements.queries import operator
from nummer.apps.notify.models import Dispatch
from nummer.apps.vault.actions import blind_index, keyed_digest

VALID: Final = timedelta(days=30)  # servers give up after days; complaints take longer
MARK: Final = "r-"  # how a return path begins behind the plus; no token of a case has a hyphen
_FIRST_DAY: Final = date(2026, 1, 1)
_NUMBER_OCTETS: Final = 6
_DAY_OCTETS: Final = 2
_MAC_OCTETS: Final = 10  # 80 bits: a guess costs a mail, and mails are limited
_OCTETS: Final = _NUMBER_OCTETS + _DAY_OCTETS + _MAC_OCTETS
_LETTERS: Final = -(-_OCTETS * 8 // 5)  # base32, which servers that fold case leave intact


def address_index(address: str) -> bytes:
    """Return by what an address is known again."""
    return blind_index("mail-address", normalise_email(address))


def dispatch(account_id: int, *, letter_id: UUID, to: str, now: datetime) -> Dispatch:
    """Return the number under which a letter goes to an address."""
    row, _ = Dispatch.objects.get_or_create(
        account_id=account_id,
        letter_id=letter_id,
        address_index=address_index(to),
        defaults={"at": now},
    )
    return row


def return_path(row: Dispatch) -> str:
    """Return the address that mails about this one come back to."""
    local, _, domain = operator().mailbox.rpartition("@")
    return f"{local}+{MARK}{_token(row)}@{domain}"


def is_return_path(address: str) -> bool:
    """Tell whether an address looks like a return path, of whatever signature."""
    local = address.casefold().rpartition("@")[0]
    return local.partition("+")[2].startswith(MARK)


def dispatch_of(addresses: Iterable[str], *, now: datetime) -> Dispatch | None:
    """Return the mail whose valid return path one of these addresses is."""
    for address in addresses:
        if is_return_path(address):
            token = address.casefold().rpartition("@")[0].partition("+")[2].removeprefix(MARK)
            if (row := _row_of(token, now=now)) is not None:
                return row
    return None


def _token(row: Dispatch) -> str:
    day = ((row.at + VALID).astimezone(UTC).date() - _FIRST_DAY).days
    words = f"{row.number}|{day}|{row.account_id}|{row.letter_id}"
    mac = keyed_digest("mail-return", words)[:_MAC_OCTETS]
    octets = row.number.to_bytes(_NUMBER_OCTETS, "big") + day.to_bytes(_DAY_OCTETS, "big") + mac
    return base64.b32encode(octets).decode().rstrip("=").lower()


def _row_of(token: str, *, now: datetime) -> Dispatch | None:
    if len(token) != _LETTERS or not token.isascii():
        return None
    try:
        octets = base64.b32decode(token.upper() + "=" * (-len(token) % 8))
    except (binascii.Error, ValueError):
        return None
    day = int.from_bytes(octets[_NUMBER_OCTETS : _NUMBER_OCTETS + _DAY_OCTETS], "big")
    if _FIRST_DAY + timedelta(days=day) < now.astimezone(UTC).date():
        return None
    row = Dispatch.objects.filter(number=int.from_bytes(octets[:_NUMBER_OCTETS], "big")).first()
    return row if row is not None and hmac.compare_digest(_token(row), token) else None
