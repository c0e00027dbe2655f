"""One after the other, where rows themselves cannot be locked because nobody may change them."""

from __future__ import annotations

from typing import Final

from django.db import connection

_CLASS: Final = 0x1C1D  # of our advisory locks; the ledger and the orders lock rows
_CARRIERS: Final = 0x1C1E
_KEYS: Final = 2**31


def lock_carrier(carrier: str) -> None:
    """Let nobody else give this carrier a key until the transaction ends."""
    assert connection.in_atomic_block, "the lock ends with the transaction"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_CARRIERS, carrier])


def lock_account(account_id: int) -> None:
    """Let nobody else decide a case or a block of this account until the transaction ends."""
    assert connection.in_atomic_block, "the lock ends with the transaction"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_CLASS, account_id % _KEYS])
