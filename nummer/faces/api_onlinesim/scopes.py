"""Which scope a verb of this protocol needs (ADR 431)."""

from __future__ import annotations

from typing import Final

from nummer.apps.accounts.scopes import Scope

# None is what every key may read; a verb that is not named here is about one-time numbers.
SCOPES: Final[dict[str, Scope | None]] = {
    **dict.fromkeys(("getBalance", "getProfile"), Scope.BALANCE),
    **dict.fromkeys(("getNumbersStats", "getPrice", "rent/tariffsRent")),
    "rent/getRentState": Scope.NUMBERS_READ,
    **dict.fromkeys(
        ("rent/getRentNum", "rent/extendRentState", "rent/closeRentNum", "rent/portReload"),
        Scope.NUMBERS_WRITE,
    ),
}


def scope_of(verb: str) -> Scope | None:
    """Return the scope that a verb needs."""
    return SCOPES.get(verb, Scope.ORDERS)
