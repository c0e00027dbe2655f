"""Actions on the number of an activation that are not sold: a further service, again, a call."""

from __future__ import annotations

from django.http import HttpResponse

from nummer.apps.numbers import queries as activations
from nummer.apps.numbers.errors import NoSuchActivation
from nummer.faces.api_activate.call import Call
from nummer.faces.api_activate.errors import (
    NoCallHere,
    NotSoldHere,
    ParentUnknown,
    ReuseImpossible,
    ServiceNotAddable,
)


def several_services(call: Call) -> HttpResponse:
    """Refuse one number for several services."""
    del call
    raise NotSoldHere


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
