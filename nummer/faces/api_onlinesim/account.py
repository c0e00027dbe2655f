"""The customer's balance and profile."""

from __future__ import annotations

from django.http import HttpResponse

from nummer.apps.accounts import queries as accounts
from nummer.apps.ledger import queries as ledger
from nummer.faces.api_onlinesim.answers import done, number, structure
from nummer.faces.api_onlinesim.call import Call


def get_balance(call: Call) -> HttpResponse:
    """Answer what the customer can spend now, and what is set aside; nobody earns here."""
    balance = ledger.balance(call.account_id)
    return structure(
        {
            "response": "1",
            "balance": number(balance.spendable),
            "zbalance": number(balance.held + balance.earmarked),
            "income": 0,
        }
    )


def get_profile(call: Call) -> HttpResponse:
    """Answer who the customer is; keys are never shown again, sums of the past not kept here."""
    account = accounts.account(call.account_id)
    return done(
        profile={
            "id": account.id,
            "name": "",
            "username": account.sid,
            "email": accounts.email(account.id),
            "apikey": None,
            "api_access": True,
            "locale": account.locale,
            "number_region": None,
            "number_country": None,
            "number_reject": [],
            "ugroup": 0,
            "verify": int(account.confirmed),
            "block": 0,
            "payment": {
                "payment": None,
                "income": 0,
                "spent": None,
                "now": number(ledger.balance(call.account_id).spendable),
            },
        }
    )
