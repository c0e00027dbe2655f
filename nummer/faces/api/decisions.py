"""Decisions about misuse, and the customer's objection to one (RP-X3)."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from nummer.apps.cases.actions import Channel
from nummer.apps.incidents import queries as incidents
from nummer.apps.incidents.actions import abuse
from nummer.apps.incidents.errors import NoSuchAbuseCase
from nummer.faces.api.reading import Caller, Json, body_of, text_of
from nummer.faces.api.views import answered

_FIELDS: Final = frozenset({"words"})


def list_decisions(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Answer what was decided about the account, latest first; an account has few."""
    del request
    found = incidents.decisions_on_misuse(caller.account_id)
    return answered({"decisions": [_form(row) for row in found]})


def object_to(request: HttpRequest, caller: Caller, *, case_id: str) -> HttpResponse:
    """Take an objection; a confirmation is objected to once, and repeating it answers the same."""
    opened = abuse.object_to(
        caller.account_id,
        case_id=_id(case_id),
        words=text_of(body_of(request, fields=_FIELDS), "words", required=True),
        channel=Channel.API,
        actor=f"key:{caller.key_id}",
        now=caller.now,
    )
    head = opened.head
    return answered({"case": head.number, "received_at": head.received_at.isoformat()})


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NoSuchAbuseCase from None


def _form(row: incidents.AbuseCase) -> dict[str, Json]:
    return {
        "id": str(row.id),
        "decision": row.state,
        "clause": abuse.CLAUSE,
        "order": None if row.order_id is None else str(row.order_id),
        "decided_at": row.decided_at.isoformat(),
        "objected": row.objected,
    }
