"""The one address of the protocol."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from nummer.apps.accounts import admission
from nummer.apps.accounts import queries as accounts
from nummer.apps.accounts.errors import NoSuchKey
from nummer.apps.accounts.queries import KeyRow
from nummer.faces.api_activate import further, history, offers, purchase, rent, status, words
from nummer.faces.api_activate.call import Answerer, Call, Form
from nummer.faces.api_activate.errors import ActionUnknown, KeyMissing, KeyUnknown
from nummer.faces.api_activate.parameters import Parameters, read_parameters
from nummer.faces.api_activate.scopes import scope_of
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
    "getMultiServiceNumber": further.several_services,
    "setStatus": status.set_status,
    "getStatus": status.get_status,
    "getStatusV2": status.get_status_v2,
    "getFullSms": status.get_full_sms,
    "getAllSms": status.get_all_sms,
    "finishActivation": status.finish,
    "cancelActivation": status.cancel,
    "getAdditionalService": further.add_service,
    "getExtraActivation": further.repeat,
    "checkExtraActivation": further.repeat,
    "reactivate": further.repeat,
    "reactivationPrice": further.repeat,
    "getIncomingCallStatus": further.about_call,
    "parseCall": further.about_call,
    "createTaskForCall": further.about_call,
    "getOutgoingCalls": further.about_call,
    "getRentServicesAndCountries": rent.rent_offers,
    "serviceCountRent": rent.rent_offers,
    "getRentNumber": rent.rent,
    "getRentList": rent.rents,
    "getRentStatus": rent.rent_status,
    "setRentStatus": rent.set_rent_status,
    "continueRentNumber": rent.continue_rent,
    "continueRentInfo": rent.continue_info,
    "getContinueRentPriceNumber": rent.continue_info,
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
# The verbs that are called most: their one statement looks at the key too (ADR 75).
LOOK_THEMSELVES: Final = frozenset({"getNumber", "getNumbers", "getNumberV2", "getStatus"})
_KEY_LENGTH_MAX: Final = 200


_AGENT_LENGTH_MAX: Final = 200
_HERO_PROGRAM: Final = "herosms"  # how the one client begins that reads no other form


@csrf_exempt
@require_http_methods(["GET", "POST"])
def answer(request: HttpRequest) -> HttpResponse:
    """Answer one call in the form of its key.

    In the classic form refusals are words and the HTTP status stays 200; only too many calls in a
    second get 429 in any form: that is said to the machine, not to the buyer.
    """
    asked = _Asked(
        agent=request.headers.get("User-Agent", "")[:_AGENT_LENGTH_MAX],
        address=admission.address_of(request),
        now=clock.now(),
    )
    try:
        response = _answer_or_refuse(request, asked)
    except (Unavailable, OperationalError, InterfaceError):
        response = words.unavailable(asked.form())
    response["Cache-Control"] = "no-store"
    return response


@dataclass(slots=True)
class _Asked:
    """What is known so far of a call that is being read."""

    agent: str
    address: str
    now: datetime
    action: str = ""
    key: str = ""
    holder: KeyRow | None = None

    def as_known(self, *, fresh: bool = False) -> KeyRow | None:
        """Return the key by what this process knows of it, or looks up now."""
        return admission.admit_as_known(self.key, address=self.address, now=self.now, fresh=fresh)

    def form(self) -> Form:
        """Return the form of the key; whoever has none is answered in that of his program."""
        if self.holder is not None:
            return Form(self.holder.dialect)
        return Form.HERO if self.agent.startswith(_HERO_PROGRAM) else Form.CLASSIC


def _answer_or_refuse(request: HttpRequest, asked: _Asked) -> HttpResponse:
    try:
        return _answer(read_parameters(request), asked)
    except Refusal as refusal:
        if asked.holder is None and asked.key:
            asked.holder = accounts.key_even_withdrawn(asked.key)
            known = False
        else:
            known = asked.holder is not None
        return words.answer(
            refusal, form=asked.form(), as_structure=known and asked.action in _STRUCTURES_ONLY
        )


def _answer(parameters: Parameters, asked: _Asked) -> HttpResponse:
    asked.action = parameters.text("action")
    given = parameters.get("api_key", "").strip()
    asked.key = given if len(given) <= _KEY_LENGTH_MAX else ""
    if asked.action not in ACTIONS:
        raise ActionUnknown
    if not parameters.text("api_key"):
        raise KeyMissing
    if not asked.key:
        raise KeyUnknown
    if asked.action not in LOOK_THEMSELVES:
        holder = admission.admit(asked.key, address=asked.address, now=asked.now)
        return _answer_of(parameters, asked, holder)
    try:
        return _answer_of(parameters, asked, asked.as_known())
    except NoSuchKey:  # since this process looked, it was withdrawn, changed or given another form
        return _answer_of(parameters, asked, asked.as_known(fresh=True))
    except Refusal:
        if asked.as_known(fresh=True) is None:
            asked.holder = None
            raise KeyUnknown from None
        raise


def _answer_of(parameters: Parameters, asked: _Asked, holder: KeyRow | None) -> HttpResponse:
    asked.holder = holder
    if holder is None:
        raise KeyUnknown
    holder.require(scope_of(asked.action))
    form = Form(holder.dialect)
    wait_s = PROGRAMS.wait_s(holder.id)
    if wait_s:
        return words.too_many_calls(form, wait_s=wait_s)
    call = Call(
        account_id=holder.account_id,
        key_id=holder.id,
        parameters=parameters,
        now=asked.now,
        form=form,
        known=holder.known,
        agent=asked.agent,
    )
    return ACTIONS[asked.action](call)
