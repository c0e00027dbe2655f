"""What every address has in common."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from math import ceil
from typing import Final

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt

from nummer.apps.accounts import admission
from nummer.apps.accounts import queries as accounts
from nummer.apps.accounts.queries import KeyRow
from nummer.apps.accounts.scopes import Scope
from nummer.faces.api_fivesim import words
from nummer.faces.api_fivesim.answers import text
from nummer.faces.api_fivesim.call import Call, Look, Parameters
from nummer.faces.api_fivesim.errors import (
    CallsTooMany,
    GuestCallsTooMany,
    KeyNotValid,
    MethodNotOffered,
    ParameterMalformed,
    PathUnknown,
)
from nummer.kernel import clock
from nummer.kernel.errors import Refusal, Unavailable
from nummer.kernel.limits import PROGRAMS, CallLimit, subscriber_of

GUESTS: Final = CallLimit(per_s=10, burst=60)

_KEY: Final = re.compile(r"Bearer +([\x21-\x7e]{1,200})", re.IGNORECASE)
_IDEMPOTENCY_KEY: Final = re.compile(r"[\x21-\x7e]{0,255}")

View = Callable[..., HttpResponse]


def for_customers(answerer: Callable[..., HttpResponse], *, scope: Scope = Scope.ORDERS) -> View:
    """Return the view of an address that needs a key; the answerer takes the call."""

    def answer(request: HttpRequest, **path: str) -> HttpResponse:
        now = clock.now()
        holder = _holder(request)
        if holder is None:
            raise KeyNotValid
        holder.require(scope)
        return answerer(_call(request, holder, now=now), **path)

    return _address(answer)


def for_everybody(answerer: Callable[..., HttpResponse]) -> View:
    """Return the view of an address that anybody may read; the answerer takes the look.

    Whoever sends his key sees his own prices and is counted by it.
    """

    def answer(request: HttpRequest, **path: str) -> HttpResponse:
        return answerer(_look(request, now=clock.now()), **path)

    return _address(answer)


def _nothing_here(request: HttpRequest, **path: str) -> HttpResponse:
    del request, path
    raise PathUnknown


def _address(answer: View) -> View:
    """Read with GET only; answer a refusal in the protocol's words."""

    @csrf_exempt
    def view(request: HttpRequest, **path: str) -> HttpResponse:
        try:
            if request.method != "GET":  # a HEAD would buy, too
                raise MethodNotOffered
            return answer(request, **path)
        except Refusal as refusal:
            return words.answer(refusal)
        except SuspiciousOperation:
            return words.answer(ParameterMalformed())
        except (Unavailable, OperationalError, InterfaceError):
            status, said = words.UNAVAILABLE
            return text(said, status=status)

    return view


nothing_here: Final = _address(_nothing_here)


def _holder(request: HttpRequest) -> KeyRow | None:
    """Return whose key was sent, None without a valid one. Refuses: CallsTooMany."""
    sent = _KEY.fullmatch(request.headers.get("Authorization", ""))
    holder = None
    if sent is not None:
        address = admission.address_of(request)
        holder = admission.admit(sent[1], address=address, now=clock.now())
    if holder is not None:
        wait_s = PROGRAMS.wait_s(holder.id)
        if wait_s:
            raise CallsTooMany(retry_after_s=ceil(wait_s))
    return holder


def _call(request: HttpRequest, holder: KeyRow, *, now: datetime) -> Call:
    key = request.headers.get("Idempotency-Key", "")
    if not _IDEMPOTENCY_KEY.fullmatch(key):
        raise ParameterMalformed
    return Call(
        account_id=holder.account_id,
        key_id=holder.id,
        parameters=Parameters(request.GET),
        idempotency_key=key,
        now=now,
    )


def _look(request: HttpRequest, *, now: datetime) -> Look:
    holder = _holder(request)
    if holder is not None:
        buyer = accounts.account(holder.account_id)
        return Look(buyer.currency, accounts.tax_country(buyer), Parameters(request.GET), now)
    wait_s = GUESTS.wait_s(_address_of(request))
    if wait_s:
        raise GuestCallsTooMany(retry_after_s=ceil(wait_s))
    visitor = settings.VISITOR[translation.get_language_from_request(request)]
    return Look(visitor["currency"], visitor["country"], Parameters(request.GET), now)


def _address_of(request: HttpRequest) -> str:
    return subscriber_of(admission.address_of(request))
