"""Which papers numbers need, by the catalogue's rules; bundles of papers are not taken yet."""

from __future__ import annotations

from typing import Final

from django.http import HttpResponse

from nummer.apps.accounts import queries as accounts
from nummer.apps.catalogue import queries as catalogue
from nummer.apps.catalogue.leasing import lease_quotes, lease_terms
from nummer.faces.api_twilio.answers import Json, structure
from nummer.faces.api_twilio.call import Call
from nummer.faces.api_twilio.errors import NothingHere
from nummer.faces.api_twilio.paging import newer_list
from nummer.faces.api_twilio.sids import KIND_OF_PERSON, REGULATION, sid
from nummer.kernel.ids import id_of

_PEOPLE: Final = {"individual": "Individual", "business": "Business"}
_TYPES: Final = {"tollfree": "toll-free"}
_ROOT: Final = "/v2/RegulatoryCompliance"


def list_regulations(call: Call) -> HttpResponse:
    """Answer the rules of what needs papers, by country, kind of number and of customer."""
    asked = call.parameters
    country, kind = asked.text("IsoCountry").upper(), asked.text("NumberType").lower()
    person = asked.text("EndUserType").lower()
    forms = [
        form
        for form in _regulations(call)
        if country in ("", form["iso_country"])
        and kind in ("", form["number_type"])
        and person in ("", form["end_user_type"])
    ]
    return newer_list(call, key="results", forms=forms)


def get_regulation(call: Call, *, regulation_sid: str) -> HttpResponse:
    """Answer one rule."""
    for form in _regulations(call):
        if form["sid"] == regulation_sid:
            return structure(form)
    raise NothingHere


def list_end_user_types(call: Call) -> HttpResponse:
    """Answer the kinds of customers that rules tell apart."""
    return newer_list(
        call,
        key="end_user_types",
        forms=[_type(call, "EndUserTypes", code, name) for code, name in _PEOPLE.items()],
    )


def list_document_types(call: Call) -> HttpResponse:
    """Answer the kinds of papers that some rule asks for."""
    needed = sorted({paper for _, _, papers in _rules(call) for paper in papers})
    return newer_list(
        call,
        key="supporting_document_types",
        forms=[_type(call, "SupportingDocumentTypes", code, _name(code)) for code in needed],
    )


def _regulations(call: Call) -> list[dict[str, Json]]:
    return [
        {
            "sid": sid(REGULATION, id_of("regulation", country, kind, person)),
            "friendly_name": (
                f"{catalogue.country_name(country, language='en')}: {_TYPES.get(kind, kind)}"
                f" - {name}"
            ),
            "iso_country": country,
            "number_type": _TYPES.get(kind, kind),
            "end_user_type": person,
            "requirements": {
                "end_user": [],
                "supporting_document": [
                    [{"name": _name(paper), "type": "document", "accepted_documents": [paper]}]
                    for paper in papers
                ],
            },
            "url": (
                f"{call.root}{_ROOT}/Regulations/"
                f"{sid(REGULATION, id_of('regulation', country, kind, person))}"
            ),
        }
        for country, kind, papers in _rules(call)
        for person, name in _PEOPLE.items()
    ]


def _rules(call: Call) -> list[tuple[str, str, tuple[str, ...]]]:
    """Return country, kind and papers of what is offered and needs papers."""
    buyer = accounts.account(call.account_id)
    quotes = lease_quotes(
        currency=buyer.currency, customer_country=accounts.tax_country(buyer), now=call.now
    )
    rules = [
        (quote.country, quote.kind, lease_terms(country=quote.country, kind=quote.kind).papers)
        for quote in quotes
    ]
    return [rule for rule in rules if rule[2]]


def _name(code: str) -> str:
    return code.replace("_", " ").capitalize()


def _type(call: Call, place: str, code: str, name: str) -> dict[str, Json]:
    type_sid = sid(KIND_OF_PERSON, id_of("regulatory-type", place, code))
    return {
        "sid": type_sid,
        "friendly_name": name,
        "machine_name": code,
        "fields": [],
        "url": f"{call.root}{_ROOT}/{place}/{type_sid}",
    }
