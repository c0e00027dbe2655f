"""The staff's pages of claims: what is due and late, what a caller asks, and two persons' word."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from nummer.apps.cases import queries as cases
from nummer.apps.cases.actions import Channel, Proof
from nummer.apps.cases.queries import CaseRow
from nummer.apps.numbers import queries as numbers
from nummer.apps.orders import queries as orders
from nummer.apps.refunds import actions, queries
from nummer.apps.refunds.actions import Ask, Asked
from nummer.apps.refunds.queries import ClaimRow
from nummer.faces.backoffice.forms import AccountForm, moment, order_number, typed_money
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
from nummer.kernel.ids import new_id

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
ASKS: Final = {
    Ask.CANCEL: _("Cancel the order"),
    Ask.BALANCE_CLAIM: _("Money back for the order"),
}
BALANCE: Final = "balance"
METHOD: Final = "method"
DESTINATIONS: Final = {
    BALANCE: _("to the balance"),
    METHOD: _("back the way it was paid"),
}
SAYS: Final = {  # besides the reason, which has its own field
    "service_name": _("He said which order or service it is about"),
    "amount": _("He said the amount"),
    "details": _("He gave the reference of the original payment"),
}
MISSING: Final = {
    "service_name": _("which order or service it is about"),
    "amount": _("the amount"),
    "reason": _("the reason"),
    "details": _("the reference of the original payment"),
}
REASONS: Final = {
    "": pgettext_lazy("reason of a claim", "none given"),
    "changed_mind": _("Changed his mind"),
    "account_trouble": _("Trouble with the account that he opened"),
    "not_seen": _("Did not see the code"),
    "misunderstanding": _("Misunderstood the offer"),
    "caller_id": _("His number was not shown to whom he called"),
    "dissatisfied": _("Is not satisfied"),
    "review": _("Objects to a decision: people shall look at it"),
    "other": _("Something else"),
}


class ClaimForm(AccountForm):
    """What somebody asks for an order, and which parts of RP-T4 he said."""

    order = order_number()
    ask = forms.ChoiceField(label=_("What he asks"), choices=list(ASKS.items()))
    destination = forms.ChoiceField(
        label=_("Where the money shall go"), choices=list(DESTINATIONS.items()), required=False
    )
    reason = forms.ChoiceField(label=_("Reason"), choices=list(REASONS.items()), required=False)
    service_name = forms.BooleanField(label=SAYS["service_name"], required=False, initial=True)
    amount = forms.BooleanField(label=SAYS["amount"], required=False, initial=True)
    details = forms.BooleanField(
        label=SAYS["details"],
        required=False,
        initial=True,
        help_text=_("What a payout needs and he did not say is asked for by mail, once."),
    )
    key = forms.UUIDField(widget=forms.HiddenInput, initial=new_id)

    def asked(self, *, channel: Channel, received_at: datetime) -> Asked:
        """Return the claim as it reached us."""
        given = self.cleaned_data
        back, ask = given["destination"] == METHOD, Ask(given["ask"])
        return Asked(
            ask=Ask.PAYOUT if back and ask is Ask.BALANCE_CLAIM else ask,
            to_client=back,
            reason=given["reason"],
            unsaid=tuple(name for name in SAYS if back and not given[name]),
            channel=channel,
            proof=Proof.STAFF,
            received_at=received_at,
        )


class CallForm(ClaimForm):
    """What a caller asks for an order; the moment of the call counts."""

    called_at = moment(_("When (UTC)"))
    text = forms.CharField(
        label=_("What he said, and how you knew him"),
        max_length=4_000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class AnsweredForm(forms.Form):
    """What the customer has said now of what he was asked for."""

    service_name = forms.BooleanField(label=SAYS["service_name"], required=False)
    amount = forms.BooleanField(label=SAYS["amount"], required=False)
    details = forms.BooleanField(label=SAYS["details"], required=False)
    reason = forms.ChoiceField(label=_("Reason"), choices=list(REASONS.items()), required=False)

    def __init__(self, *args: Any, missing: Collection[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in (*SAYS, "reason"):
            if name not in missing:
                del self.fields[name]


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
        given, now = form.cleaned_data, clock.now()
        asked = _asked(form, case, now)
        try:
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
            judged = actions.preview(
                given["account"], activation_id=given["order"], asked=asked, now=now
            )
            missing = [MISSING[name] for name in judged.answer.missing]
            context |= {"answer": judged.answer, "asked": asked, "activation": row}
            context["missing"] = missing
        except Refusal as refusal:
            form.add_error(None, sentence(refusal))
    status = 400 if form.errors else 200
    return render(request, "backoffice/claim_call.html", context, status=status)


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
