"""What a key may be limited to: a short closed list that fits every protocol (ADR 431)."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from nummer.apps.accounts.errors import ScopeUnknown


class Scope(StrEnum):
    """A part of what programs do; what belongs to none of them every key may read."""

    ORDERS = "orders"  # one-time numbers: order, read the code, cancel
    NUMBERS_READ = "numbers:read"
    NUMBERS_WRITE = "numbers:write"  # rent, change and end numbers; reading is part of it
    MESSAGES = "messages"  # read and send SMS
    BALANCE = "balance"  # balance, statement, invoices, payments: to read
    ACCOUNT = "account"  # all else: payments, payouts, papers, messages to us, webhooks


def written(scopes: Iterable[str]) -> str:
    """Return scopes as a key keeps them, each once; all of them are none, which is no limit.

    Refuses: ScopeUnknown.
    """
    try:
        wanted = {Scope(one) for one in scopes}
    except ValueError:
        raise ScopeUnknown from None
    return "" if wanted == set(Scope) else " ".join(one for one in Scope if one in wanted)


def read(kept: str) -> frozenset[Scope]:
    """Return the scopes that `written` wrote."""
    return frozenset(Scope(one) for one in kept.split())
