"""People and documents of bundles: said, uploaded, changed, removed."""

from __future__ import annotations

from typing import Final

from django.http import HttpResponse

from nummer.apps.bundles import actions, queries
from nummer.apps.bundles.actions import Said
from nummer.apps.bundles.queries import PieceRow
from nummer.apps.bundles.words import BundleState, PieceKind
from nummer.apps.identity.contents import DOCUMENT_BYTES_MAX
from nummer.faces.api_twilio.answers import Json, gone, iso, structure
from nummer.faces.api_twilio.call import Call
from nummer.faces.api_twilio.paging import newer_listed
from nummer.faces.api_twilio.regulatory import ROOT
from nummer.faces.api_twilio.sids import DOCUMENT, END_USER, id_in, sid

UPLOAD_BYTES_MAX: Final = DOCUMENT_BYTES_MAX + 64 * 1024  # a document and what is said of it
FILE: Final = "File"
_PLACES: Final = {PieceKind.PERSON: "EndUsers", PieceKind.DOCUMENT: "SupportingDocuments"}
SIDS: Final = {PieceKind.PERSON: END_USER, PieceKind.DOCUMENT: DOCUMENT}
_STATUSES: Final = {
    BundleState.DRAFT: "draft",
    BundleState.SUBMITTED: "pending-review",
    BundleState.OPENED: "pending-review",
    BundleState.APPROVED: "approved",
    BundleState.REFUSED: "rejected",
    BundleState.EXPIRED: "expired",
}


def list_people(call: Call) -> HttpResponse:
    """Answer a page of the people that were told of."""
    return _list(call, PieceKind.PERSON)


def create_person(call: Call) -> HttpResponse:
    """Keep who will use numbers. Refuses: PieceMalformed, TooManyPieces, ParameterMalformed."""
    return _create(call, PieceKind.PERSON)


def get_person(call: Call, *, piece_sid: str) -> HttpResponse:
    """Answer one person."""
    return _get(call, PieceKind.PERSON, piece_sid)


def change_person(call: Call, *, piece_sid: str) -> HttpResponse:
    """Say something else of a person."""
    return _change(call, PieceKind.PERSON, piece_sid)


def remove_person(call: Call, *, piece_sid: str) -> HttpResponse:
    """Forget a person."""
    return _remove(call, PieceKind.PERSON, piece_sid)


def list_documents(call: Call) -> HttpResponse:
    """Answer a page of documents, without their content."""
    return _list(call, PieceKind.DOCUMENT)


def create_document(call: Call) -> HttpResponse:
    """Keep a document; its file may come with it as multipart, or later."""
    return _create(call, PieceKind.DOCUMENT)


def get_document(call: Call, *, piece_sid: str) -> HttpResponse:
    """Answer one document, without its content: nobody but a reviewer opens it."""
    return _get(call, PieceKind.DOCUMENT, piece_sid)


def change_document(call: Call, *, piece_sid: str) -> HttpResponse:
    """Say something else of a document, or send its file."""
    return _change(call, PieceKind.DOCUMENT, piece_sid)


def remove_document(call: Call, *, piece_sid: str) -> HttpResponse:
    """Forget a document."""
    return _remove(call, PieceKind.DOCUMENT, piece_sid)


def _list(call: Call, kind: PieceKind) -> HttpResponse:
    return newer_listed(
        call,
        key="results",
        rows=queries.pieces(call.account_id, kind=kind),
        id_of=lambda row: row.id,
        form=lambda row: _form(call, row),
    )


def _create(call: Call, kind: PieceKind) -> HttpResponse:
    row = actions.add_piece(
        call.account_id,
        kind=kind,
        type_=call.parameters.text("Type", longest=40),
        said=_said(call),
        now=call.now,
    )
    return structure(_form(call, row), status=201)


def _get(call: Call, kind: PieceKind, piece_sid: str) -> HttpResponse:
    piece_id = id_in(SIDS[kind], piece_sid)
    return structure(_form(call, queries.piece(call.account_id, piece_id=piece_id, kind=kind)))


def _change(call: Call, kind: PieceKind, piece_sid: str) -> HttpResponse:
    piece_id = id_in(SIDS[kind], piece_sid)
    row = actions.change_piece(
        call.account_id, piece_id=piece_id, kind=kind, said=_said(call), now=call.now
    )
    return structure(_form(call, row))


def _remove(call: Call, kind: PieceKind, piece_sid: str) -> HttpResponse:
    piece_id = id_in(SIDS[kind], piece_sid)
    actions.remove_piece(call.account_id, piece_id=piece_id, kind=kind, now=call.now)
    return gone()


def _said(call: Call) -> Said:
    """Read what is said of a piece. Refuses: ParameterMalformed."""
    asked = call.parameters
    return Said(
        name=asked.text("FriendlyName") if "FriendlyName" in asked else None,
        fields=asked.structure("Attributes"),
        content=asked.file(FILE),
    )


def _form(call: Call, row: PieceRow) -> dict[str, Json]:
    piece_sid = sid(SIDS[row.kind], row.id)
    form: dict[str, Json] = {
        "sid": piece_sid,
        "account_sid": call.account_sid,
        "friendly_name": row.name,
        "type": row.type,
        "attributes": dict(row.fields),
        "date_created": iso(row.created_at),
        "date_updated": iso(row.changed_at),
        "url": f"{call.root}{ROOT}/{_PLACES[row.kind]}/{piece_sid}",
    }
    if row.kind is PieceKind.DOCUMENT:
        state = queries.state_of_piece(call.account_id, piece_id=row.id, now=call.now)
        form |= {
            "mime_type": None if row.media is None else row.media.value,
            "status": _STATUSES[state],
            "failure_reason": None,
            "errors": [],
        }
    return form
