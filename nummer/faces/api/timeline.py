"""Why an order went as it did, and what applies to it now, for programs."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.utils import translation

from nummer.apps.agreements.quoting import Quote
from nummer.apps.refunds.timeline import Choice, Event, Prospect, timeline
from nummer.faces.api.orders import public_id
from nummer.faces.api.reading import Caller, Json
from nummer.faces.api.views import answered
from nummer.kernel.money import Money


def get_timeline(request: HttpRequest, caller: Caller, *, order_id: str) -> HttpResponse:
    """Answer an order's time line, earliest first, and the clause that decides now."""
    line = timeline(
        caller.account_id,
        activation_id=public_id(order_id),
        language=translation.get_language_from_request(request),
        now=caller.now,
    )
    return answered(
        {
            "order": line.activation.activation_id,
            "state": line.activation.state.value,
            "currency": line.order.total.currency,
            "events": [_event(event) for event in line.events],
            "applies": _applies(line.prospect, line.quote),
        }
    )


def _event(event: Event) -> dict[str, Json]:
    """Return an event with only what belongs to its kind."""
    found: dict[str, Json] = {
        "kind": event.kind.value,
        "at": event.at.isoformat(),
        "reason": None if event.reason is None else event.reason.value,
        "parts": event.parts,
        "amount": _sum(event.amount),
        "clause": event.clause,
        "sent_at": _moment(event.sent_at),
    }
    return {name: value for name, value in found.items() if value is not None}


def _applies(prospect: Prospect, quote: Quote | None) -> dict[str, Json]:
    return {
        "standing": prospect.standing.value,
        "clause": prospect.clause,
        "amount": _sum(prospect.amount),
        "at": _moment(prospect.at),
        "quote": None
        if quote is None
        else {
            "document": quote.document,
            "version": quote.version,
            "language": quote.language,
            "words": quote.words,
        },
        "choices": [_choice(choice) for choice in prospect.choices],
    }


def _choice(choice: Choice) -> dict[str, Json]:
    return {
        "step": choice.step.value,
        "until": _moment(choice.until),
        "amount": _sum(choice.amount),
        "clause": choice.clause,
    }


def _sum(amount: Money | None) -> str | None:
    return None if amount is None else amount.decimal_text()


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
