"""Rented and free numbers: answered, honestly, as not there."""

from __future__ import annotations

from typing import Final

from django.http import HttpResponse

from nummer.faces.api_onlinesim.answers import Json, done, structure
from nummer.faces.api_onlinesim.call import Call
from nummer.faces.api_onlinesim.errors import NotSoldHere, RentUnknown
from nummer.faces.api_onlinesim.names import country_called

_EMPTY_PAGE: Final[dict[str, Json]] = {
    "data": [],
    "current_page": 1,
    "last_page": 1,
    "total": 0,
}


def get_rent_num(call: Call) -> HttpResponse:
    """Refuse to rent a number."""
    del call
    raise NotSoldHere


def get_rent_state(call: Call) -> HttpResponse:
    """Answer an empty list of rented numbers; clients read an unknown one from it, too."""
    del call
    return done(list=[])


def tariffs_rent(call: Call) -> HttpResponse:
    """Answer no tariffs; refuse that of one country."""
    given = call.parameters.text("country")
    if given:
        country_called(given)
        raise NotSoldHere
    return structure({})


def about_rent(call: Call) -> HttpResponse:
    """Refuse what concerns a rented number: there is none. Refuses a call without its number."""
    call.parameters.operation_id()
    raise RentUnknown


def free_countries() -> HttpResponse:
    """Answer that no country has free numbers: every number here has one holder at a time."""
    return done(countries=[])


def free_numbers() -> HttpResponse:
    """Answer no free numbers."""
    return done(numbers=[])


def free_messages() -> HttpResponse:
    """Answer no messages of free numbers: nobody reads another's messages here."""
    return done(messages=_EMPTY_PAGE)


def free_list() -> HttpResponse:
    """Answer all three of them as empty."""
    return done(countries=[], numbers=[], messages=_EMPTY_PAGE)
