"""Money that came in and went back, for programs that keep books."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse

from nummer.apps.payments import queries as payments
from nummer.apps.payouts import queries as payouts
from nummer.faces.api.reading import Caller, before_uuid, page_length
from nummer.faces.api.views import answered


def list_top_ups(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Answer a page of top-ups, latest first. Refuses: NoSuchTopUp, where `before` is none."""
    limit = page_length(request)
    rows = payments.top_ups(caller.account_id, before=before_uuid(request), limit=limit)
    return answered(
        {
            "top_ups": [
                {
                    "id": str(row.id),
                    "amount": row.amount.decimal_text(),
                    "currency": row.amount.currency,
                    "method": row.method,
                    "state": row.state,
                    "automatic": row.automatic,
                    "started_at": row.started_at.isoformat(),
                    "closed_at": _moment(row.closed_at),
                }
                for row in rows
            ],
            "next_before": str(rows[-1].id) if len(rows) == limit else None,
        }
    )


def list_payouts(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Answer the latest requests to pay out, latest first; an account has few."""
    rows = payouts.payouts(caller.account_id, limit=page_length(request))
    return answered(
        {
            "payouts": [
                {
                    "id": str(row.id),
                    "state": row.state,
                    "clauses": list(row.clauses),
                    "granted": row.granted.decimal_text(),
                    "currency": row.granted.currency,
                    "received_at": row.received_at.isoformat(),
                }
                for row in rows
            ]
        }
    )


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
