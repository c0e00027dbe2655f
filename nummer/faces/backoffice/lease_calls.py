"""A caller ends a number that he rents: what would be decided first, then the end."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext

from nummer.apps.leases import queries as leases
from nummer.apps.leases.queries import LeaseRow
from nummer.apps.payouts import actions as payouts
from nummer.apps.refunds import actions
from nummer.apps.refunds.actions import Asked, Call
from nummer.faces.backoffice.claim_forms import ClaimForm
from nummer.faces.backoffice.requests import member, on_the_phone, seen


def about_lease(
    request: HttpRequest, form: ClaimForm, *, asked: Asked, now: datetime
) -> HttpResponse | dict[str, object]:
    """Return what ending a rented number would bring, or its page once that has ended."""
    given = form.cleaned_data
    row = leases.lease_with_number(given["account"], number=given["number"])
    if row is None:
        form.add_error("number", gettext("This account has no such number, and had none."))
        return {}
    on_the_phone(request, row.account_id)
    seen(
        request,
        verb="preview_claim",
        place="leases_lease",
        row=str(row.id),
        account_id=row.account_id,
    )
    if "file" in request.POST:
        return _ended(request, row, form, asked=asked, now=now)
    found = actions.preview_call(
        row.account_id,
        lease_id=row.id,
        called_at=asked.received_at,
        to_client=asked.to_client,
        now=now,
    )
    return {"answer": found.answer, "asked": asked, "if_cancelled": found, "lease": row}


def _ended(
    request: HttpRequest, row: LeaseRow, form: ClaimForm, *, asked: Asked, now: datetime
) -> HttpResponse:
    given = form.cleaned_data
    call = Call(
        key=given["key"],
        called_at=asked.received_at,
        to_client=asked.to_client,
        text=given["text"],
    )
    decided = actions.cancel_by_phone(
        row.account_id, lease_id=row.id, call=call, actor=member(request).actor, now=now
    )
    payouts.take_up(row.account_id, decision_id=decided.decision_id, now=now)
    told = gettext(
        "Ended. %(amount)s is given back (%(clause)s). The customer gets the answer by mail."
    )
    messages.success(request, told % {"amount": decided.amount, "clause": decided.clause})
    return redirect("backoffice:lease", row.account_id, row.id)
