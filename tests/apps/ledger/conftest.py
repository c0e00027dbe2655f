"""Wallets for tests of the ledger."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from secrets import randbelow

import pytest

from nummer.apps.ledger import actions
from nummer.apps.ledger.actions import Book, Leg, TransferKind
from nummer.kernel.ids import new_id
from nummer.kernel.money import Money

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

# The journal cannot be emptied between tests, so every test takes accounts nobody had before.
_accounts = count(1_000_000_000 + randbelow(10**12) * 1000)

OpenWallet = Callable[..., int]


def eur(text: str) -> Money:
    """Return euros; a leading minus takes them away."""
    amount = Money.parse(text.removeprefix("-"), "EUR")
    return -amount if text.startswith("-") else amount


@pytest.fixture
def wallet(db: None) -> OpenWallet:
    """Open a wallet with `balance` topped up and `promo` granted; returns the account id."""

    def open_one(balance: str = "0.00", promo: str = "0.00") -> int:
        account_id = next(_accounts)
        actions.open_wallet(account_id, currency="EUR", now=NOW)
        if eur(balance).micro:
            top_up(account_id, balance)
        if eur(promo).micro:
            actions.post(
                account_id,
                id=new_id(),
                kind=TransferKind.PROMO_GRANT,
                legs=[Leg(Book.PROMO_COST, eur(promo), actions.Fund.PROMO)],
                reference=new_id(),
                now=NOW,
            )
        return account_id

    return open_one


def top_up(account_id: int, amount: str) -> None:
    """Pay in once."""
    actions.post(
        account_id,
        id=new_id(),
        kind=TransferKind.TOPUP,
        legs=[Leg(Book.PROVIDER_CLEARING, eur(amount))],
        reference=new_id(),
        now=NOW,
    )
