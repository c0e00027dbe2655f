"""The staff's pages of claims: what is due and late, what a caller asks, and two persons' word."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from nummer.apps.cases import queries as cases
from nummer.apps.cases.actions import Channel
from nummer.apps.cases.queries import CaseRow
from nummer.apps.numbers import queries as numbers
from nummer.apps.orders import queries as orders
from nummer.apps.refunds import actions, queries
from nummer.apps.refunds.actions import Asked
from nummer.apps.refunds.queries import ClaimRow
from nummer.faces.backoffice.claim_forms import SAYS, AnsweredForm, CallForm, ClaimForm
from nummer.faces.backoffice.forms import typed_money
from nummer.faces.backoffice.lease_calls import about_lease
from nummer.faces.backoffice.requests import (
    COMPLIANCE,
    FINANCE,
    ROWS_PER_PAGE,
    SUPPORT,
    member,
    on_the_phone,
    page_of,
    place,
    seen,
    sentence,
    staff_only,
)
from nummer.kernel import clock
from nummer.kernel.errors import Refusal

_DIGITS_MAX: Final = 18
ROLES: Final = (SUPPORT, FINANCE, COMPLIANCE)
RELEASERS: Final = (FINANCE, COMPLIANCE)
KINDS: Final = {
    "credit": _("Credit to the balance"),
    "decide": _("Answer to a request"),
    "settle": _("Payout"),
    "asked": _("Answer to a request for a payout"),
    "payout": _("Payout that was asked for"),
}
MISSING: Final = {
    "service_name": _("which order or service it is about"),
    "amount": _("the amount"),
    "reason": _("the reason"),
    "details": _("the reference of the original payment"),
}


class ProposalForm(forms.Form):
    """What a person would answer."""

    amount = forms.DecimalField(
        label=_("Amount to give back; 0 refuses"),
        min_value=Decimal(0),
        max_digits=12,
        decimal_places=6,
    )
    clause = forms.CharField(label=_("Clause of the refund policy"), max_length=12)


@require_safe
@staff_only(*ROLES)
def due(request: HttpRequest) -> HttpResponse:
    """List what is owed to customers, the latest first, and what waits for a person."""
    now = clock.now()
    seen(request, verb="list_deadlines", place="refunds_deadline")
    most = ROWS_PER_PAGE + 1
    rows, more = page_of(queries.open_deadlines(after=place(request, "after"), limit=most))
    claims, more_claims = page_of(
        queries.claims_to_decide(after=place(request, "claims"), limit=most)
    )
    proposals, more_proposals = page_of(
        queries.proposals(after=place(request, "proposals"), limit=most)
    )
    context = {
        "rows": [(row, KINDS[row.kind], row.due_at <= now, row.due_at - now) for row in rows],
        "more": more,
        "claims": claims,
        "more_claims": more_claims,
        "proposals": proposals,
        "more_proposals": more_proposals,
    }
    return render(request, "backoffice/due.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(*ROLES)
def call(request: HttpRequest) -> HttpResponse:
    """Log what a caller or a mail asks: first show what the policy says, then file it."""
    case = _case(request.GET.get("case", ""))
    of_form = CallForm if case is None else ClaimForm
    known = {} if case is None else {"account": case.head.account_id or None}
    form = of_form(request.POST if request.method == "POST" else None, initial=known)
    context: dict[str, object] = {"form": form, "case": case}
    if request.method == "POST" and form.is_valid():
        now = clock.now()
        asked = _asked(form, case, now)
        try:
            found = (
                _about_order(request, form, asked=asked, case=case, now=now)
                if form.cleaned_data.get("number") is None
                else about_lease(request, form, asked=asked, now=now)
            )
        except Refusal as refusal:
            form.add_error(None, sentence(refusal))
        else:
            if isinstance(found, HttpResponse):
                return found
            context |= found
    status = 400 if form.errors else 200
    return render(request, "backoffice/claim_call.html", context, status=status)


def _about_order(
    request: HttpRequest, form: ClaimForm, *, asked: Asked, case: CaseRow | None, now: datetime
) -> HttpResponse | dict[str, object]:
    """Return what would be decided about a one-time order, or where to go once it is filed."""
    given = form.cleaned_data
    row = numbers.activation(given["account"], activation_id=given["order"])
    if case is None:
        on_the_phone(request, row.account_id)
    seen(
        request,
        verb="preview_claim",
        place="orders_order",
        row=str(row.order_id),
        account_id=row.account_id,
    )
    if "file" in request.POST:
        filed = actions.file_claim(
            given["account"],
            key=given["key"],
            activation_id=given["order"],
            asked=asked,
            text=given.get("text", ""),
            actor=member(request).actor,
            now=now,
            case_id=None if case is None else case.head.id,
        )
        messages.success(request, _filed_words(filed))
        return redirect("backoffice:claim", filed.account_id, filed.id)
    judged = actions.preview(given["account"], activation_id=given["order"], asked=asked, now=now)
    return {
        "answer": judged.answer,
        "asked": asked,
        "activation": row,
        "missing": [MISSING[name] for name in judged.answer.missing],
    }


@require_safe
@staff_only(*ROLES)
def claim(request: HttpRequest, account_id: int, claim_id: UUID) -> HttpResponse:
    """Show one claim, its decision, and what was proposed."""
    return _page(request, _found(account_id, claim_id), ProposalForm())


@require_POST
@staff_only(*ROLES)
def confirm(request: HttpRequest, account_id: int, claim_id: UUID) -> HttpResponse:
    """Say that the customer was asked and stands by a claim that came without a proof."""
    found = _found(account_id, claim_id)
    actions.confirm_claim(
        account_id, claim_id=found.id, actor=member(request).actor, now=clock.now()
    )
    messages.success(request, gettext("Saved."))
    return redirect("backoffice:claim", account_id, claim_id)


@require_POST
@staff_only(*ROLES)
def complete(request: HttpRequest, account_id: int, claim_id: UUID) -> HttpResponse:
    """Write down what the customer answered to what he was asked for."""
    found = _found(account_id, claim_id)
    form = AnsweredForm(request.POST, missing=found.missing)
    if form.is_valid():
        try:
            actions.complete_claim(
                account_id,
                claim_id=found.id,
                said=[name for name in SAYS if form.cleaned_data.get(name)],
                reason=form.cleaned_data.get("reason", ""),
                actor=member(request).actor,
                now=clock.now(),
            )
        except Refusal as refusal:
            messages.error(request, sentence(refusal))
        else:
            messages.success(request, gettext("Saved."))
    return redirect("backoffice:claim", account_id, claim_id)


@require_POST
@staff_only(*ROLES)
def propose(request: HttpRequest, account_id: int, claim_id: UUID) -> HttpResponse:
    """Propose an answer where no rule fits."""
    found, form = _found(account_id, claim_id), ProposalForm(request.POST)
    if form.is_valid():
        try:
            actions.propose(
                account_id,
                claim_id=claim_id,
                amount=typed_money(
                    form.cleaned_data["amount"], currency=_currency(account_id, found.order_id)
                ),
                clause=form.cleaned_data["clause"].strip(),
                actor=member(request).actor,
                now=clock.now(),
            )
        except Refusal as refusal:
            form.add_error(None, sentence(refusal))
        else:
            messages.success(request, gettext("Proposed. Another person has to release it."))
            return redirect("backoffice:claim", account_id, claim_id)
    return _page(request, found, form, status=400)


@require_POST
@staff_only(*RELEASERS)
def release(
    request: HttpRequest, account_id: int, claim_id: UUID, proposal_id: UUID
) -> HttpResponse:
    """Release what another person proposed, or send it back."""
    found = _found(account_id, claim_id)
    verb = actions.send_back if "back" in request.POST else actions.release
    try:
        verb(account_id, proposal_id=proposal_id, actor=member(request).actor, now=clock.now())
    except Refusal as refusal:
        messages.error(request, sentence(refusal))
    else:
        messages.success(request, gettext("Saved."))
    return redirect("backoffice:claim", account_id, found.id)


def _page(
    request: HttpRequest, row: ClaimRow, form: ProposalForm, *, status: int = 200
) -> HttpResponse:
    seen(request, verb="view_claim", place="refunds_claim", row=str(row.id))
    decided = (
        None
        if row.decision_id is None
        else queries.decision(row.account_id, decision_id=row.decision_id)
    )
    context = {
        "row": row,
        "form": form,
        "answered": AnsweredForm(missing=row.missing) if row.state == "missing" else None,
        "missing": [MISSING[name] for name in row.missing],
        "case": _case_number(row),
        "decision": decided,
        "proposals": queries.proposals_of(row.account_id, claim_id=row.id),
        "me": member(request).actor,
        "may_release": member(request).may(RELEASERS),
    }
    return render(request, "backoffice/claim.html", context, status=status)


def _currency(account_id: int, order_id: UUID) -> str:
    return orders.order(account_id, order_id=order_id).total.currency


def _asked(form: ClaimForm, case: CaseRow | None, now: datetime) -> Asked:
    """Return what is asked, never of a later moment than now; a case has its own moment."""
    if case is not None:
        head = case.head
        return form.asked(channel=Channel(head.channel), received_at=head.received_at)
    called_at = form.cleaned_data["called_at"]
    return form.asked(channel=Channel.PHONE, received_at=min(called_at or now, now))


def _filed_words(filed: ClaimRow) -> str:
    if filed.state == "unconfirmed":
        return gettext("Filed. It is answered once the customer confirms his mail in his account.")
    return gettext("Filed. The customer gets the answer by mail.")


def _case(number: str) -> CaseRow | None:
    """Return the case that a request is written down from, None where there is none."""
    if not number.isascii() or not number.isdigit() or len(number) > _DIGITS_MAX:
        return None
    try:
        return cases.case_by_number(int(number))
    except Refusal:
        raise Http404 from None


def _case_number(row: ClaimRow) -> int | None:
    try:
        return cases.case(row.account_id, case_id=row.case_id).head.number
    except Refusal:
        return None  # a case goes after three years, a claim stays


def _found(account_id: int, claim_id: UUID) -> ClaimRow:
    try:
        return queries.claim(account_id, claim_id=claim_id)
    except Refusal:
        raise Http404 from None
