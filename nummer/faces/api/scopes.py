"""Which scope a call of our own interface needs, by the first word of its address (ADR 431)."""

from __future__ import annotations

from typing import Final

from nummer.apps.accounts.scopes import Scope

# What is read, and what changes something; None is what every key may do.
SCOPES: Final[dict[str, tuple[Scope | None, Scope | None]]] = {
    **dict.fromkeys(("services", "countries", "prices", "numbers"), (None, None)),
    **dict.fromkeys(("balance", "statement", "statement.csv"), (Scope.BALANCE, Scope.ACCOUNT)),
    **dict.fromkeys(("invoices", "refunds", "top-ups"), (Scope.BALANCE, Scope.ACCOUNT)),
    "spend-limit": (Scope.BALANCE, Scope.ACCOUNT),
    "orders": (Scope.ORDERS, Scope.ORDERS),
    "leases": (Scope.NUMBERS_READ, Scope.NUMBERS_WRITE),
    **dict.fromkeys(("sms", "conversations"), (Scope.MESSAGES, Scope.MESSAGES)),
    **dict.fromkeys(("vouchers", "payouts", "papers", "cases"), (Scope.ACCOUNT, Scope.ACCOUNT)),
    **dict.fromkeys(("webhooks", "decisions"), (Scope.ACCOUNT, Scope.ACCOUNT)),
}
_ROOT: Final = "/api/v1/"


def scope_of(path: str, *, method: str) -> Scope | None:
    """Return the scope that a call needs; addresses that do not exist need one, too."""
    word, _, rest = path.removeprefix(_ROOT).partition("/")
    if word == "leases" and "/conversations/" in f"/{rest}":
        return Scope.MESSAGES
    reading, changing = SCOPES.get(word, (Scope.ACCOUNT, Scope.ACCOUNT))
    return reading if method in ("GET", "HEAD") else changing
