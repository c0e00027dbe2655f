"""The actions for rented numbers and calls: answered, honestly, as not sold here yet."""

from __future__ import annotations

from django.http import HttpResponse

from nummer.apps.accounts import queries as accounts
from nummer.apps.numbers import queries as activations
from nummer.apps.numbers.errors import NoSuchActivation
from nummer.faces.api_activate.answers import structure
from nummer.faces.api_activate.call import Call
from nummer.faces.api_activate.currencies import iso_number
from nummer.faces.api_activate.errors import (
    NoCallHere,
    NotSoldHere,
    ParentUnknown,
    RentIdMissing,
    RentUnknown,
    ReuseImpossible,
    ServiceNotAddable,
)


def rent_offers(call: Call) -> HttpResponse:
    """Answer an empty list of numbers to rent."""
    currency = iso_number(accounts.account(call.account_id).currency)
    return structure({"countries": {}, "operators": {}, "services": {}, "currency": currency})


def rents(call: Call) -> HttpResponse:
    """Answer an empty list of rented numbers."""
    del call
    return structure({"status": "success", "values": {}})


def rent(call: Call) -> HttpResponse:
    """Refuse to rent a number."""
    del call
    raise NotSoldHere


def about_rent(call: Call) -> HttpResponse:
    """Refuse what concerns a rented number: there is none."""
    if not call.parameters.text("id"):
        raise RentIdMissing
    raise RentUnknown


def add_service(call: Call) -> HttpResponse:
    """Refuse a second service on the number of an activation."""
    _require_parent(call)
    raise ServiceNotAddable


def repeat(call: Call) -> HttpResponse:
    """Refuse the same number for the same service: it is sold once."""
    _require_parent(call)
    raise ReuseImpossible


def about_call(call: Call) -> HttpResponse:
    """Refuse what concerns a call: activations here wait for an SMS."""
    name = "activationId" if "activationId" in call.parameters else "id"
    activations.activation(call.account_id, activation_id=call.parameters.activation_id(name))
    raise NoCallHere


def _require_parent(call: Call) -> None:
    name = "activationId" if "activationId" in call.parameters else "id"
    try:
        activations.activation(call.account_id, activation_id=call.parameters.activation_id(name))
    except NoSuchActivation:
        raise ParentUnknown from None
