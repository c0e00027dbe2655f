"""A rented number that its carrier took away: another one instead, or the money."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse

from nummer.apps.incidents.actions.facts import Source
from nummer.apps.leases import queries, replacements
from nummer.apps.leases.errors import NoSuchLease
from nummer.apps.payouts import actions as payouts
from nummer.apps.refunds import actions as refunds
from nummer.faces.api.errors import FieldMalformed
from nummer.faces.api.orders import SURFACE
from nummer.faces.api.reading import Caller, Json, body_of, moment, named_id, phone_of, text_of
from nummer.faces.api.rented import lease_form
from nummer.faces.api.views import answered

ACCEPT: Final = "accept"
DECLINE: Final = "decline"
_ANSWER: Final = frozenset({"answer", "number"})


def get_other(request: HttpRequest, caller: Caller, *, lease_id: str) -> HttpResponse:
    """Answer whether another number is offered, which ones are free, and what was lost before."""
    del request
    row = queries.lease(caller.account_id, lease_id=named_id(lease_id, NoSuchLease))
    offer = replacements.offer(row.account_id, lease_id=row.id)
    free = (
        replacements.free_numbers(row.account_id, lease_id=row.id, now=caller.now) if offer else []
    )
    lost = replacements.replacements(row.account_id, lease_id=row.id)
    return answered(
        {
            "offered": offer is not None,
            "answer_by": None if offer is None else moment(offer.answer_by),
            "free": [number.e164 for number in free],
            "lost": [_lost_form(each) for each in lost],
        }
    )


def answer_other(request: HttpRequest, caller: Caller, *, lease_id: str) -> HttpResponse:
    """Take another number, the one that is named or any, or decline: then the contract ends.

    Refuses: NoSuchLease, NothingOffered, NumberTaken, FieldMalformed.
    """
    id_ = named_id(lease_id, NoSuchLease)
    queries.lease(caller.account_id, lease_id=id_)
    body = body_of(request, fields=_ANSWER)
    word = text_of(body, "answer", required=True)
    number = phone_of(body, "number")
    if word not in (ACCEPT, DECLINE) or (word == DECLINE and number is not None):
        raise FieldMalformed(field="answer")
    if word == ACCEPT:
        refunds.accept_other(
            caller.account_id,
            lease_id=id_,
            number=number,
            actor=caller.actor,
            source=Source.API,
            now=caller.now,
        )
    else:
        refunds.decline_other(
            caller.account_id,
            lease_id=id_,
            actor=caller.actor,
            source=Source.API,
            now=caller.now,
        )
    return answered(lease_form(queries.lease(caller.account_id, lease_id=id_)))


def pay_out(request: HttpRequest, caller: Caller, *, lease_id: str) -> HttpResponse:
    """Have what a lost number brought paid out; repeating it asks for nothing more.

    `payout` is null where the decision waits for somebody else's word.
    Refuses: NoSuchLease, PayoutNotGranted.
    """
    del request
    id_ = named_id(lease_id, NoSuchLease)
    decided = refunds.ask_lease_payout(
        caller.account_id, lease_id=id_, surface=SURFACE, now=caller.now
    )
    payout_id = payouts.take_up(caller.account_id, decision_id=decided.decision_id, now=caller.now)
    return answered(
        {"clause": decided.clause, "payout": None if payout_id is None else str(payout_id)}
    )


def _lost_form(row: replacements.ReplacementRow) -> dict[str, Json]:
    return {
        "number": row.number.e164,
        "replaced_by": None if row.replaced_by is None else row.replaced_by.e164,
        "state": row.state.value,
        "at": row.made_at.isoformat(),
    }
