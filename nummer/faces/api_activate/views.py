"""The one address of the protocol."""

from __future__ import annotations

from math import ceil
from typing import Final

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from nummer.apps.accounts import queries as accounts
from nummer.faces.api_activate import history, offers, purchase, rent, status, words
from nummer.faces.api_activate.answers import text
from nummer.faces.api_activate.call import Answerer, Call
from nummer.faces.api_activate.errors import ActionUnknown, KeyMissing, KeyUnknown
from nummer.faces.api_activate.parameters import Parameters, read_parameters
from nummer.kernel import clock
from nummer.kernel.errors import Refusal, Unavailable
from nummer.kernel.limits import PROGRAMS

ACTIONS: Final[dict[str, Answerer]] = {
    "getBalance": history.get_balance,
    "getBalanceAndCashBack": history.get_balance,
    "getActiveActivations": history.get_active_activations,
    "getHistory": history.get_history,
    "getCountries": offers.get_countries,
    "getServicesList": offers.get_services_list,
    "getOperators": offers.get_operators,
    "getNumbersStatus": offers.get_numbers_status,
    "getPrices": offers.get_prices,
    "getPricesExtended": offers.get_prices,
    "getPricesVerification": offers.get_prices,
    "getPricesV2": offers.get_prices_v2,
    "getPricesV3": offers.get_prices_v3,
    "getTopCountriesByService": offers.get_top_countries,
    "getTopCountriesByServiceRank": offers.get_top_countries,
    "getListOfTopCountriesByService": offers.get_top_countries,
    "getNumber": purchase.get_number,
    "getNumbers": purchase.get_number,
    "getNumberV2": purchase.get_number_v2,
    "getMultiServiceNumber": rent.rent,
    "setStatus": status.set_status,
    "getStatus": status.get_status,
    "getStatusV2": status.get_status_v2,
    "getFullSms": status.get_full_sms,
    "getAllSms": status.get_all_sms,
    "finishActivation": status.finish,
    "cancelActivation": status.cancel,
    "getAdditionalService": rent.add_service,
    "getExtraActivation": rent.repeat,
    "checkExtraActivation": rent.repeat,
    "reactivate": rent.repeat,
    "reactivationPrice": rent.repeat,
    "getIncomingCallStatus": rent.about_call,
    "parseCall": rent.about_call,
    "createTaskForCall": rent.about_call,
    "getOutgoingCalls": rent.about_call,
    "getRentServicesAndCountries": rent.rent_offers,
    "serviceCountRent": rent.rent_offers,
    "getRentNumber": rent.rent,
    "getRentList": rent.rents,
    "getRentStatus": rent.about_rent,
    "setRentStatus": rent.about_rent,
    "continueRentNumber": rent.about_rent,
    "continueRentInfo": rent.about_rent,
    "getContinueRentPriceNumber": rent.about_rent,
}

# Clients parse these answers as JSON whatever they are.
_STRUCTURES_ONLY: Final = frozenset(
    {
        "getActiveActivations",
        "getRentServicesAndCountries",
        "getRentNumber",
        "getRentList",
        "getRentStatus",
        "setRentStatus",
        "continueRentNumber",
        "continueRentInfo",
        "getContinueRentPriceNumber",
    }
)
_KEY_LENGTH_MAX: Final = 200


@csrf_exempt
@require_http_methods(["GET", "POST"])
def answer(request: HttpRequest) -> HttpResponse:
    """Answer one call; refusals are words, the HTTP status stays 200.

    Only too many calls in a second get 429: that is said to the machine, not to the buyer.
    """
    action = ""
    try:
        parameters = read_parameters(request)
        action = parameters.text("action")
        response = _answer(action, parameters)
    except Refusal as refusal:
        stranger = isinstance(refusal, KeyMissing | KeyUnknown)
        response = words.answer(refusal, as_structure=action in _STRUCTURES_ONLY and not stranger)
    except (Unavailable, OperationalError, InterfaceError):
        response = text(words.UNAVAILABLE)
    response["Cache-Control"] = "no-store"
    return response


def _answer(action: str, parameters: Parameters) -> HttpResponse:
    if action not in ACTIONS:
        raise ActionUnknown
    key = parameters.text("api_key")
    if not key:
        raise KeyMissing
    holder = accounts.key_holder(key) if len(key) <= _KEY_LENGTH_MAX else None
    if holder is None:
        raise KeyUnknown
    wait_s = PROGRAMS.wait_s(holder.id)
    if wait_s:
        response = text(words.UNAVAILABLE)
        response.status_code = 429
        response["Retry-After"] = str(ceil(wait_s))
        return response
    call = Call(
        account_id=holder.account_id, key_id=holder.id, parameters=parameters, now=clock.now()
    )
    return ACTIONS[action](call)
