"""Which papers numbers need, by the rules in force: regulations, and kinds of people and papers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.http import HttpResponse

from nummer.apps.accounts import queries as accounts
from nummer.apps.catalogue import queries as catalogue
from nummer.apps.catalogue.leasing import lease_quotes
from nummer.apps.identity import queries as identity
from nummer.apps.identity.queries import Asked
from nummer.apps.identity.words import DocumentKind, Field
from nummer.faces.api_twilio.answers import Json, structure
from nummer.faces.api_twilio.call import Call
from nummer.faces.api_twilio.errors import NothingHere
from nummer.faces.api_twilio.paging import newer_list
from nummer.faces.api_twilio.sids import KIND_OF_PERSON, REGULATION, sid
from nummer.kernel.ids import id_of

PEOPLE: Final = {"individual": "person", "business": "company"}  # theirs, ours
PERSON_OF: Final = {ours: theirs for theirs, ours in PEOPLE.items()}
ROOT: Final = "/v2/RegulatoryCompliance"
_NAMES: Final = {"individual": "Individual", "business": "Business"}
_TYPES: Final = {"tollfree": "toll-free"}
_DOCUMENTS: Final = {
    DocumentKind.IDENTITY: "Proof of identity",
    DocumentKind.ADDRESS: "Proof of address",
    DocumentKind.COMPANY: "Entry in the register of companies",
}


@dataclass(frozen=True, slots=True)
class Regulation:
    """What is asked of a kind of customer for numbers of a country and kind."""

    country: str
    kind: str
    person: str
    asked: Asked

    @property
    def sid(self) -> str:
        """Return its id, the same while there is such a rule."""
        return regulation_sid(country=self.country, kind=self.kind, person=self.person)


def regulation_sid(*, country: str, kind: str, person: str) -> str:
    """Return the id of the regulation of a country, kind of number and kind of customer."""
    return sid(REGULATION, id_of("regulation", country, kind, person))


def kind_of_type(number_type: str) -> str:
    """Return our kind of number for the protocol's type."""
    return "tollfree" if number_type in ("toll-free", "tollfree") else number_type


def list_regulations(call: Call) -> HttpResponse:
    """Answer the rules of what needs papers, by country, kind of number and of customer."""
    asked = call.parameters
    country = asked.text("IsoCountry").upper()
    kind = kind_of_type(asked.text("NumberType").lower())
    person = asked.text("EndUserType").lower()
    forms = [
        _form(call, row) for row in regulations(call, country=country, kind=kind, person=person)
    ]
    return newer_list(call, key="results", forms=forms)


def get_regulation(call: Call, *, regulation_sid: str) -> HttpResponse:
    """Answer one rule."""
    return structure(_form(call, regulation(call, regulation_sid)))


def regulation(call: Call, wanted: str) -> Regulation:
    """Return a rule by its SID. Refuses: NothingHere."""
    for row in regulations(call):
        if row.sid == wanted:
            return row
    raise NothingHere


def regulations(
    call: Call, *, country: str = "", kind: str = "", person: str = ""
) -> Iterator[Regulation]:
    """Yield the rules in force of what is offered to the account; an empty word is any."""
    buyer = accounts.account(call.account_id)
    quotes = lease_quotes(
        currency=buyer.currency, customer_country=accounts.tax_country(buyer), now=call.now
    )
    for quote in quotes:
        if country not in ("", quote.country) or kind not in ("", quote.kind):
            continue
        for theirs, ours in PEOPLE.items():
            wanted = identity.asked(
                country=quote.country, kind=quote.kind, supplier="", customer=ours, at=call.now
            )
            if wanted and person in ("", theirs):
                yield Regulation(quote.country, quote.kind, theirs, wanted)


def list_end_user_types(call: Call) -> HttpResponse:
    """Answer the kinds of customers that rules tell apart."""
    return newer_list(call, key="end_user_types", forms=list(_people(call).values()))


def get_end_user_type(call: Call, *, type_sid: str) -> HttpResponse:
    """Answer one kind of customers."""
    return _one(_people(call), type_sid)


def list_document_types(call: Call) -> HttpResponse:
    """Answer the kinds of papers that rules may ask for."""
    return newer_list(call, key="supporting_document_types", forms=list(_documents(call).values()))


def get_document_type(call: Call, *, type_sid: str) -> HttpResponse:
    """Answer one kind of papers."""
    return _one(_documents(call), type_sid)


def _one(forms: dict[str, Json], type_sid: str) -> HttpResponse:
    if type_sid not in forms:
        raise NothingHere
    return structure(forms[type_sid])


def _people(call: Call) -> dict[str, Json]:
    return dict(
        _type(call, "EndUserTypes", code, name, fields=[_field(one) for one in Field])
        for code, name in _NAMES.items()
    )


def _documents(call: Call) -> dict[str, Json]:
    return dict(
        _type(call, "SupportingDocumentTypes", kind.value, name, fields=[])
        for kind, name in _DOCUMENTS.items()
    )


def _type(call: Call, place: str, code: str, name: str, *, fields: list[Json]) -> tuple[str, Json]:
    type_sid = sid(KIND_OF_PERSON, _type_id(place, code))
    return type_sid, {
        "sid": type_sid,
        "friendly_name": name,
        "machine_name": code,
        "fields": fields,
        "url": f"{call.root}{ROOT}/{place}/{type_sid}",
    }


def _type_id(place: str, code: str) -> UUID:
    return id_of("regulatory-type", place, code)


def _form(call: Call, row: Regulation) -> dict[str, Json]:
    kind = _TYPES.get(row.kind, row.kind)
    country = catalogue.country_name(row.country, language="en")
    return {
        "sid": row.sid,
        "friendly_name": f"{country}: {kind} - {_NAMES[row.person]}",
        "iso_country": row.country,
        "number_type": kind,
        "end_user_type": row.person,
        "requirements": {
            "end_user": [_person(row)] if row.asked.fields else [],
            "supporting_document": [[_document(call, kind)] for kind in row.asked.documents],
        },
        "url": f"{call.root}{ROOT}/Regulations/{row.sid}",
    }


def _person(row: Regulation) -> dict[str, Json]:
    return {
        "name": _NAMES[row.person],
        "type": row.person,
        "requirement_name": f"{row.person}_info",
        "fields": [name.value for name in row.asked.fields],
        "detailed_fields": [_field(name) for name in row.asked.fields],
    }


def _document(call: Call, kind: DocumentKind) -> dict[str, Json]:
    type_sid = sid(KIND_OF_PERSON, _type_id("SupportingDocumentTypes", kind.value))
    accepted: dict[str, Json] = {
        "name": _DOCUMENTS[kind],
        "type": kind.value,
        "fields": [],
        "detailed_fields": [],
        "url": f"{ROOT}/SupportingDocumentTypes/{type_sid}",
    }
    return {
        "name": _DOCUMENTS[kind],
        "type": "document",
        "requirement_name": f"{kind.value}_document",
        "description": "A PDF, JPEG or PNG, uploaded as the part File of multipart/form-data.",
        "accepted_documents": [accepted],
    }


def _field(name: Field) -> dict[str, Json]:
    return {
        "machine_name": name.value,
        "friendly_name": name.value.replace("_", " ").capitalize(),
        "constraint": "String",
    }
