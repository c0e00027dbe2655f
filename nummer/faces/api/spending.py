"""What an account may spend on texts a day; a program lowers it and never raises it (ADR 380)."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse

from nummer.apps.accounts import queries as accounts
from nummer.apps.messaging.actions import habits
from nummer.faces.api.errors import FieldMalformed
from nummer.faces.api.reading import Caller, body_of, money_of
from nummer.faces.api.views import answered
from nummer.kernel.money import MICRO, minor_digits

_WISH: Final = frozenset({"limit"})


def get_limit(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Answer the limit with its currency; null where there is none."""
    del request
    currency = accounts.account(caller.account_id).currency
    limit = habits.spend_limit(caller.account_id, currency=currency)
    return answered(
        {"limit": None if limit is None else limit.decimal_text(), "currency": currency}
    )


def lower_limit(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Set a first limit or a lower one; repeating it changes nothing. Refuses: SpendLimitByPage."""
    currency = accounts.account(caller.account_id).currency
    body = body_of(request, fields=_WISH)
    limit = money_of(body, "limit", currency=currency)
    if limit is None or limit.micro <= 0 or limit.micro * 10 ** minor_digits(currency) % MICRO:
        raise FieldMalformed(field="limit")
    habits.lower_spend_limit(caller.account_id, limit=limit, actor=caller.actor, now=caller.now)
    return get_limit(request, caller)
