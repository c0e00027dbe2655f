"""Reports that an order's number does not work: the call itself is the customer's contact."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse

from nummer.apps.incidents import queries as incidents
from nummer.apps.incidents.actions.facts import Source, Told, report_problem
from nummer.apps.incidents.queries import FactRow
from nummer.apps.numbers import queries as activations
from nummer.faces.api.orders import public_id
from nummer.faces.api.reading import Caller, Json, body_of, idempotency_key, text_of
from nummer.faces.api.views import answered
from nummer.kernel.ids import id_of

FIELDS: Final = frozenset({"words"})


def report(request: HttpRequest, caller: Caller, *, order_id: str) -> HttpResponse:
    """Take a report, once for each Idempotency-Key; its moment is that of the call (RP-B1)."""
    key = idempotency_key(request)
    words = text_of(body_of(request, fields=FIELDS), "words", required=False)
    row = report_problem(
        caller.account_id,
        activation_id=public_id(order_id),
        told=Told(
            source=Source.API,
            actor=f"key:{caller.key_id}",
            happened_at=caller.now,
            evidence=words,
            key=id_of("report", caller.account_id, order_id, key),
        ),
        now=caller.now,
    )
    return answered(report_form(row), status=201 if row.learned_at == caller.now else 200)


def list_reports(request: HttpRequest, caller: Caller, *, order_id: str) -> HttpResponse:
    """Answer what was reported about an order by any way, earliest first; an order has few."""
    del request
    row = activations.activation(caller.account_id, activation_id=public_id(order_id))
    found = incidents.reports(caller.account_id, subject_id=row.order_id)
    return answered({"reports": [report_form(each) for each in found]})


def report_form(row: FactRow) -> dict[str, Json]:
    """Return a report as this interface answers it."""
    return {
        "id": str(row.id),
        "source": row.source.value,
        "reported_at": row.happened_at.isoformat(),
    }
