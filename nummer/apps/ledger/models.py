"""The codes in the ledger's tables. The tables are written in SQL, in `migrations`."""

from __future__ import annotations

from enum import IntEnum, StrEnum


class Book(IntEnum):
    """The operator's side of a transfer; the same codes stand in `ledger.book`."""

    REVENUE = 1
    TAX = 2
    PROVIDER_CLEARING = 3  # money at payment providers, in and out
    PROMO_COST = 4
    OPENING = 5  # balances brought from another system
    GOODWILL_COST = 6
    SUSPENSE = 7


class TransferKind(IntEnum):
    """What a transfer is about; the same codes stand in `ledger.kind`."""

    TOPUP = 1
    ORDER = 2
    REFUND = 3  # back to the shares that paid its reference, never above what was paid
    REVERSAL = 4  # made by `reverse` only
    OPENING = 5
    PROMO_GRANT = 6
    PROMO_EXPIRY = 7
    PAYOUT = 8  # takes no promo money
    USAGE = 9
    GOODWILL = 10


class Fund(IntEnum):
    """Which part of the balance a movement means.

    A debit of SPENDABLE takes promo money first; a debit of PROMO takes nothing else.
    """

    SPENDABLE = 1
    PROMO = 2


class HoldState(StrEnum):
    """Where a hold stands; the last three are final."""

    OPEN = "open"
    CAPTURED = "captured"
    RELEASED = "released"
    EXPIRED = "expired"
