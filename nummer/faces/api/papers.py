"""Papers: what rented numbers ask for, handing it in, and what became of it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Final

from django.http import HttpRequest, HttpResponse

from nummer.apps.identity import actions, queries
from nummer.apps.identity.errors import PapersNotComplete
from nummer.apps.identity.queries import Asked, PapersRow
from nummer.apps.identity.words import DocumentKind, Field
from nummer.apps.leases.papers import asked_now, waiting_for_papers
from nummer.faces.api.errors import FieldMalformed
from nummer.faces.api.reading import Caller, Json, body_of, moment, text_of
from nummer.faces.api.views import answered

BODY_BYTES_MAX: Final = 24_000_000  # the documents in base64, and the fields
_HANDED_IN: Final = frozenset({"fields", "documents"})


def get_papers(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Answer which leases wait for papers, what they need together, and what was handed in."""
    del request
    return answered(_whole(caller))


def hand_in(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Hand in exactly what is asked for. While papers wait nothing else is taken.

    So a call that is repeated hands in once. Refuses: PapersNotComplete, DocumentNotReadable,
    DocumentTooLarge, PapersWait, TooManyPapers.
    """
    actions.require_room(caller.account_id, now=caller.now)  # before 24 MB are read
    wanted = asked_now(caller.account_id, now=caller.now)
    if not wanted:
        raise PapersNotComplete
    body = body_of(request, fields=_HANDED_IN, bytes_max=BODY_BYTES_MAX)
    actions.hand_in(
        caller.account_id,
        wanted=wanted,
        fields=_fields(body, wanted),
        documents=_documents(body),
        now=caller.now,
    )
    return answered(_whole(caller), status=201)


def _fields(body: Mapping[str, Json], wanted: Asked) -> dict[Field, str]:
    """Return the declared fields that are asked for; numbers of cards are blotted out later."""
    given = _table(body, "fields")
    return {name: text_of(given, name, required=False) for name in wanted.fields}


def _documents(body: Mapping[str, Json]) -> dict[DocumentKind, bytes]:
    found = {}
    for name, content in _table(body, "documents").items():
        if name not in set(DocumentKind) or not isinstance(content, str):
            raise FieldMalformed(field="documents")
        try:
            found[DocumentKind(name)] = base64.b64decode(content, validate=True)
        except (binascii.Error, ValueError):
            raise FieldMalformed(field="documents") from None
    return found


def _table(body: Mapping[str, Json], name: str) -> Mapping[str, Json]:
    given = body.get(name, {})
    if not isinstance(given, dict):
        raise FieldMalformed(field=name)
    return given


def _whole(caller: Caller) -> dict[str, Json]:
    waiting = waiting_for_papers(caller.account_id, now=caller.now)
    wanted = asked_now(caller.account_id, now=caller.now)
    return {
        "waiting": [
            {
                "lease": str(one.lease.id),
                "fields": [name.value for name in one.asked.fields],
                "documents": [kind.value for kind in one.asked.documents],
                "until": one.until.isoformat(),
            }
            for one in waiting
        ],
        "asked": {
            "fields": [name.value for name in wanted.fields],
            "documents": [kind.value for kind in wanted.documents],
        },
        "handed_in": [_form(row) for row in queries.papers_of(caller.account_id)],
    }


def _form(row: PapersRow) -> dict[str, Json]:
    return {
        "id": str(row.id),
        "state": row.state.value,
        "reasons": [reason.value for reason in row.reasons],
        "words": row.words or None,
        "documents": [document.kind.value for document in row.documents],
        "handed_in_at": row.handed_in_at.isoformat(),
        "judged_at": moment(row.judged_at),
        "expires_on": None if row.expires_on is None else row.expires_on.isoformat(),
    }
