"""The verbs of the protocol, and what their addresses have in common."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from math import ceil
from typing import Final

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from nummer.apps.accounts import admission
from nummer.apps.accounts.queries import KeyRow
from nummer.faces.api_onlinesim import account, offers, operations, rent, words
from nummer.faces.api_onlinesim.answers import structure
from nummer.faces.api_onlinesim.call import Answerer, Call
from nummer.faces.api_onlinesim.errors import (
    CallsTooMany,
    KeyMissing,
    KeyUnknown,
    ParameterMalformed,
    VerbUnknown,
)
from nummer.faces.api_onlinesim.parameters import Parameters, read_parameters
from nummer.faces.api_onlinesim.scopes import scope_of
from nummer.kernel import clock
from nummer.kernel.errors import Refusal, Unavailable
from nummer.kernel.limits import PROGRAMS

VERBS: Final[dict[str, Answerer]] = {
    "getBalance": account.get_balance,
    "getProfile": account.get_profile,
    "getNumbersStats": offers.get_numbers_stats,
    "getPrice": offers.get_price,
    "getService": offers.get_service,
    "getServiceNumber": offers.get_service_number,
    "getNum": operations.get_num,
    "getNumRepeat": operations.get_num_repeat,
    "getState": operations.get_state,
    "setOperationRevise": operations.set_operation_revise,
    "setOperationOk": operations.set_operation_ok,
    "rent/getRentNum": rent.get_rent_num,
    "rent/getRentState": rent.get_rent_state,
    "rent/extendRentState": rent.extend_rent_state,
    "rent/closeRentNum": rent.close_rent_num,
    "rent/portReload": rent.port_reload,
    "rent/tariffsRent": rent.tariffs_rent,
}
OPEN_VERBS: Final[dict[str, Callable[[], HttpResponse]]] = {  # for everybody, without a key
    "getFreeCountryList": rent.free_countries,
    "getFreePhoneList": rent.free_numbers,
    "getFreeMessageList": rent.free_messages,
    "getFreeList": rent.free_list,
}

_KEY_LENGTH_MAX: Final = 200
_BEARER: Final = re.compile(r"Bearer +([\x21-\x7e]{1,200})", re.IGNORECASE)
_IDEMPOTENCY_KEY: Final = re.compile(r"[\x21-\x7e]{0,255}")


@csrf_exempt
@require_http_methods(["GET", "POST"])
def answer(request: HttpRequest, *, verb: str) -> HttpResponse:
    """Answer one call; refusals are response codes, the HTTP status stays 200."""
    try:
        if verb in OPEN_VERBS:
            return OPEN_VERBS[verb]()
        return _answer(request, verb)
    except Refusal as refusal:
        return words.answer(refusal)
    except (Unavailable, OperationalError, InterfaceError):
        return structure({"response": words.UNAVAILABLE})


def _answer(request: HttpRequest, verb: str) -> HttpResponse:
    if verb not in VERBS:
        raise VerbUnknown
    parameters = read_parameters(request)
    idempotency_key = request.headers.get("Idempotency-Key", "")
    if not _IDEMPOTENCY_KEY.fullmatch(idempotency_key):
        raise ParameterMalformed
    now = clock.now()
    holder = _holder(request, parameters, now)
    holder.require(scope_of(verb))
    wait_s = PROGRAMS.wait_s(holder.id)
    if wait_s:
        raise CallsTooMany(retry_after_s=ceil(wait_s))
    call = Call(
        account_id=holder.account_id,
        key_id=holder.id,
        parameters=parameters,
        idempotency_key=idempotency_key,
        now=now,
    )
    return VERBS[verb](call)


def _holder(request: HttpRequest, parameters: Parameters, now: datetime) -> KeyRow:
    """Return whose key was sent, as a parameter or in the header.

    Refuses: KeyMissing, KeyUnknown.
    """
    sent = _BEARER.fullmatch(request.headers.get("Authorization", ""))
    key = parameters.text("apikey") or (sent[1] if sent else "")
    if not key:
        raise KeyMissing
    if len(key) > _KEY_LENGTH_MAX:
        raise KeyUnknown
    holder = admission.admit(key, address=admission.address_of(request), now=now)
    if holder is None:
        raise KeyUnknown
    return holder
