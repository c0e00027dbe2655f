"""Which scope an action of this protocol needs (ADR 431)."""

from __future__ import annotations

from typing import Final

from nummer.apps.accounts.scopes import Scope

# None is what every key may read; an action that is not named here is about one-time numbers.
SCOPES: Final[dict[str, Scope | None]] = {
    **dict.fromkeys(("getBalance", "getBalanceAndCashBack"), Scope.BALANCE),
    **dict.fromkeys(
        (
            "getCountries",
            "getServicesList",
            "getOperators",
            "getNumbersStatus",
            "getPrices",
            "getPricesExtended",
            "getPricesVerification",
            "getPricesV2",
            "getPricesV3",
            "getTopCountriesByService",
            "getTopCountriesByServiceRank",
            "getListOfTopCountriesByService",
            "getRentServicesAndCountries",
            "serviceCountRent",
        )
    ),
    **dict.fromkeys(
        ("getRentList", "getRentStatus", "continueRentInfo", "getContinueRentPriceNumber"),
        Scope.NUMBERS_READ,
    ),
    **dict.fromkeys(("getRentNumber", "setRentStatus", "continueRentNumber"), Scope.NUMBERS_WRITE),
}


def scope_of(action: str) -> Scope | None:
    """Return the scope that an action needs."""
    return SCOPES.get(action, Scope.ORDERS)
