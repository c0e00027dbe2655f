"""The profile with its balance, and what moved the balance."""

from __future__ import annotations

from typing import Final

from django.http import HttpResponse

from nummer.apps.accounts import queries as accounts
from nummer.apps.ledger import queries as ledger
from nummer.apps.ledger.queries import StatementLine, TransferKind
from nummer.faces.api_fivesim.answers import Json, number, structure
from nummer.faces.api_fivesim.call import Call, written
from nummer.faces.api_fivesim.errors import NotVendor
from nummer.faces.api_fivesim.names import calling_code, country_name
from nummer.faces.api_fivesim.orders import oldest_first, page_of

RATING: Final = 96  # the protocol's highest: there are no points to lose here


def get_profile(call: Call) -> HttpResponse:
    """Answer who the customer is and what he can spend now."""
    account = accounts.account(call.account_id)
    balance = ledger.balance(call.account_id)
    return structure(
        {
            "id": account.id,
            "email": accounts.email(account.id) or "",
            "vendor": "",
            "default_forwarding_number": "",
            "balance": number(balance.spendable),
            "rating": RATING,
            "default_country": {
                "name": country_name(account.country),
                "iso": account.country.lower(),
                "prefix": calling_code(account.country),
            },
            "default_operator": {"name": ""},
            "frozen_balance": number(balance.held + balance.earmarked),
        }
    )


def get_payments(call: Call) -> HttpResponse:
    """Answer a page of what moved the balance, newest first unless `reverse=false`."""
    limit, skip = page_of(call)
    newest = ledger.statement(call.account_id, limit=1)
    total = newest[0].line if newest else 0  # lines are counted from 1 without gaps
    return structure(
        {
            "Data": [
                _payment(line)
                for line in _page(
                    call.account_id,
                    skip=skip,
                    limit=limit,
                    total=total,
                    ascending=oldest_first(call),
                )
            ],
            "PaymentTypes": [{"Name": kind.name.lower()} for kind in TransferKind],
            "PaymentProviders": [],
            "Total": total,
        }
    )


def vendor(call: Call, *, path: str = "") -> HttpResponse:
    """Refuse what concerns sellers: customers sell nothing to us here."""
    del call, path
    raise NotVendor


def _page(
    account_id: int, *, skip: int, limit: int, total: int, ascending: bool
) -> list[StatementLine]:
    """Return some lines of the statement by their places in it."""
    first = skip + 1 if ascending else total - skip - limit + 1
    last = skip + limit if ascending else total - skip
    length = min(last, total) - max(first, 1) + 1
    if length <= 0:
        return []
    lines = ledger.statement(account_id, before=min(last, total) + 1, limit=length)
    return lines[::-1] if ascending else lines


def _payment(line: StatementLine) -> dict[str, Json]:
    return {
        "ID": line.line,
        "TypeName": line.kind.name.lower(),
        "ProviderName": "",
        "Amount": number(line.amount),
        "Balance": number(line.balance_after),
        "CreatedAt": written(line.at),
    }
