"""The staff's pages of cases: what waits, one case with its messages, and the answer."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from nummer.apps.accounts import queries as accounts
from nummer.apps.cases import actions, queries
from nummer.apps.cases.actions import Channel, Kind, Proof, State
from nummer.apps.cases.actions.opening import CHARACTERS_MAX, SUBJECT_MAX
from nummer.apps.cases.queries import CaseRow, MessageRow
from nummer.apps.incidents import queries as incidents
from nummer.apps.refunds.actions import report_by_message
from nummer.apps.refunds.actions.faults import PROVEN
from nummer.apps.refunds.held import held_at
from nummer.faces.backoffice.forms import AccountForm, moment
from nummer.faces.backoffice.incident_forms import MessageReportForm
from nummer.faces.backoffice.requests import (
    COMPLIANCE,
    FINANCE,
    OPERATIONS,
    ROWS_PER_PAGE,
    SUPPORT,
    member,
    seen,
    sentence,
    staff_only,
)
from nummer.kernel import clock
from nummer.kernel.errors import Refusal
from nummer.kernel.ids import new_id

ROLES: Final = (SUPPORT, FINANCE, COMPLIANCE)
REPORTERS: Final = (SUPPORT, COMPLIANCE)
MESSAGES_PER_PAGE: Final = 100
_DIGITS_MAX: Final = 18
KINDS: Final = {
    Kind.QUESTION: _("Question"),
    Kind.REFUND: _("Refund claim"),
    Kind.OUTAGE: _("Outage report"),
    Kind.WITHDRAWAL: _("Withdrawal"),
    Kind.PAYOUT: _("Payout request"),
    Kind.ERASURE: _("Erasure request"),
    Kind.COPY: _("Request for a copy"),
    Kind.COMPLAINT: _("Complaint"),
    Kind.PORT_OUT: _("Port-out"),
    Kind.PAPERS: pgettext_lazy("kind of case", "Papers handed in"),
}
# By phone each of these is taken where its clock starts: as a fact, a claim or a payout.
TAKEN_ELSEWHERE: Final = (
    Kind.OUTAGE,
    Kind.REFUND,
    Kind.WITHDRAWAL,
    Kind.PAYOUT,
    Kind.PORT_OUT,  # by the holder, on the page of his number
    Kind.PAPERS,  # by the customer, on the page of his papers
)
CHANNELS: Final = {
    Channel.MAIL: _("mail"),
    Channel.PAGE: _("page"),
    Channel.PHONE: _("phone"),
    Channel.API: "API",
}
PROOFS: Final = {
    Proof.SIGNED_IN: _("written in the account"),
    Proof.KEY: _("written with a key of the account"),
    Proof.ALIGNED: _("from the account's address, signed by its domain"),
    Proof.CLAIMED: _("from the account's address, unproven"),
    Proof.NONE: _("from an address of no account"),
    Proof.STAFF: _("written down by the staff"),
}
STATES: Final = {
    State.OPEN: pgettext_lazy("case", "waits for us"),
    State.ANSWERED: pgettext_lazy("case", "answered"),
    State.CLOSED: pgettext_lazy("case", "closed"),
}
CALLS: Final = (
    ("backoffice:phone-report", _("Report by phone"), (SUPPORT, OPERATIONS)),
    ("backoffice:claim-call", _("Log a refund request by phone"), ROLES),
    ("backoffice:payouts", _("Payouts"), (FINANCE, SUPPORT)),
)


class AnswerForm(forms.Form):
    """An answer; it goes out as it is written."""

    text = forms.CharField(
        label=_("Answer"), max_length=CHARACTERS_MAX, widget=forms.Textarea(attrs={"rows": 8})
    )
    closes = forms.BooleanField(label=_("This closes the case"), required=False)
    key = forms.UUIDField(widget=forms.HiddenInput, initial=new_id)


class KindForm(forms.Form):
    """What a case is about."""

    kind = forms.ChoiceField(label=_("Kind"), choices=list(KINDS.items()))


class CallForm(AccountForm):
    """What a caller said, of a kind that no other form takes: those write more than a case."""

    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=[(kind, title) for kind, title in KINDS.items() if kind not in TAKEN_ELSEWHERE],
    )
    subject = forms.CharField(label=_("In a few words"), max_length=SUBJECT_MAX)
    text = forms.CharField(
        label=_("What the caller said"),
        max_length=CHARACTERS_MAX,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    called_at = moment(_("When (UTC)"))
    key = forms.UUIDField(widget=forms.HiddenInput, initial=new_id)

    def called(self, now: datetime) -> datetime:
        """Return the moment of the call, never a later one than now."""
        at: datetime | None = self.cleaned_data["called_at"]
        return min(at or now, now)


@require_safe
@staff_only(*ROLES)
def listed(request: HttpRequest) -> HttpResponse:
    """List the cases that wait for us, or everybody's, without their words."""
    every, before = request.GET.get("show") == "all", _number(request.GET.get("before", ""))
    rows = (
        queries.latest(before=before, limit=ROWS_PER_PAGE)
        if every
        else queries.to_do(limit=ROWS_PER_PAGE, skip=before or 0)
    )
    full = len(rows) == ROWS_PER_PAGE
    seen(request, verb="list_cases", place="cases_case")
    context = {
        "rows": [
            (row, KINDS[row.kind], CHANNELS[Channel(row.channel)], STATES[row.state])
            for row in rows
        ],
        "every": every,
        "today": clock.now().date(),
        "more": (rows[-1].number if every else (before or 0) + ROWS_PER_PAGE) if full else None,
    }
    return render(request, "backoffice/cases.html", context)


@require_safe
@staff_only(*ROLES)
def case(request: HttpRequest, number: int) -> HttpResponse:
    """Show one case with all that was written; who looked is recorded with the case's id."""
    return _page(request, _found(number))


@require_POST
@staff_only(*ROLES)
def answer(request: HttpRequest, number: int) -> HttpResponse:
    """Answer the customer by mail and in his account."""
    row, form = _found(number), AnswerForm(request.POST)
    if form.is_valid():
        try:
            actions.answer(
                row.head.account_id,
                case_id=row.head.id,
                key=form.cleaned_data["key"],
                text=form.cleaned_data["text"],
                closes=form.cleaned_data["closes"],
                actor=member(request).actor,
                now=clock.now(),
            )
        except Refusal as refusal:
            form.add_error(None, sentence(refusal))
        else:
            messages.success(request, gettext("The answer is on its way."))
            return redirect("backoffice:case", number=number)
    return _page(request, row, answering=form)


@require_POST
@staff_only(*ROLES)
def set_kind(request: HttpRequest, number: int) -> HttpResponse:
    """Say what the case is about."""
    row, form = _found(number), KindForm(request.POST)
    if form.is_valid():
        actions.set_kind(
            row.head.account_id,
            case_id=row.head.id,
            kind=Kind(form.cleaned_data["kind"]),
            actor=member(request).actor,
            now=clock.now(),
        )
        messages.success(request, gettext("Saved."))
    return redirect("backoffice:case", number=number)


@require_POST
@staff_only(*ROLES)
def close(request: HttpRequest, number: int) -> HttpResponse:
    """End a case that needs no word."""
    row = _found(number)
    actions.close_case(
        row.head.account_id, case_id=row.head.id, actor=member(request).actor, now=clock.now()
    )
    messages.success(request, gettext("Saved."))
    return redirect("backoffice:case", number=number)


@require_POST
@staff_only(*ROLES)
def assign(request: HttpRequest, number: int) -> HttpResponse:
    """Give a stranger's case to an account, whose customer is asked to confirm it."""
    row, form = _found(number), AccountForm(request.POST)
    if form.is_valid():
        try:
            actions.assign_case(
                row.head.id,
                to_account_id=form.cleaned_data["account"],
                actor=member(request).actor,
                now=clock.now(),
            )
        except Refusal as refusal:
            form.add_error(None, sentence(refusal))
        else:
            messages.success(request, gettext("Saved."))
            return redirect("backoffice:case", number=number)
    return _page(request, row, assigning=form)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(*ROLES)
def call(request: HttpRequest) -> HttpResponse:
    """Write down what a caller said, with the moment of the call."""
    form = CallForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        given, now = form.cleaned_data, clock.now()
        if not accounts.known(given["account"]):
            form.add_error("account", gettext("There is no account with this number."))
        else:
            try:
                row = actions.open_case(
                    given["account"],
                    key=given["key"],
                    kind=Kind(given["kind"]),
                    channel=Channel.PHONE,
                    text=given["text"],
                    subject=given["subject"],
                    proof=Proof.STAFF,
                    actor=member(request).actor,
                    received_at=form.called(now),
                    now=now,
                )
                return redirect("backoffice:case", number=row.head.number)
            except Refusal as refusal:
                form.add_error(None, sentence(refusal))
    doors = [(name, title) for name, title, roles in CALLS if member(request).may(roles)]
    context = {"form": form, "doors": doors}
    return render(request, "backoffice/call.html", context, status=400 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(*REPORTERS)
def report(request: HttpRequest, number: int, message_id: UUID) -> HttpResponse:
    """Write down that a message tells of a fault; its receipt is the customer's contact (RP-B1)."""
    row = _found(number)
    account_id, case_id = row.head.account_id, row.head.id
    message = _written(row, message_id)
    held = held_at(account_id, at=message.at)
    form = MessageReportForm(
        request.POST if request.method == "POST" else None,
        held=held,
        proven=not row.head.to_be_confirmed or message.proof in PROVEN,
        said=f"{row.subject} {message.text}",
    )
    if request.method == "POST" and form.is_valid():
        try:
            fact = report_by_message(
                account_id,
                case_id=case_id,
                message_id=message.id,
                order_id=UUID(form.cleaned_data["order"]),
                known_by=form.cleaned_data.get("known_by", ""),
                actor=member(request).actor,
                now=clock.now(),
            )
        except Refusal as refusal:
            form.add_error(None, sentence(refusal))
        else:
            messages.success(request, gettext("The report was written down."))
            return redirect("backoffice:happened", account_id, fact.subject_id)
    seen(request, verb="view_case", place="cases_case", row=str(case_id))
    context = {
        "row": row,
        "message": message,
        "proof": PROOFS[message.proof],
        "held": held,
        "form": form,
    }
    status = 400 if form.errors else 200
    return render(request, "backoffice/case_report.html", context, status=status)


@require_safe
@staff_only(*ROLES)
def raw(request: HttpRequest, number: int, message_id: UUID) -> HttpResponse:
    """Hand out a mail as it was received, as a file of text that nothing renders or runs.

    It is there as long as it is kept. Who took it is recorded with the message's id.
    """
    head = _found(number).head
    try:
        queries.message(head.account_id, case_id=head.id, message_id=message_id)
        octets = queries.raw_mail(head.account_id, message_id=message_id)
    except Refusal:
        raise Http404 from None
    if octets is None:
        raise Http404
    seen(request, verb="view_raw_mail", place="cases_message", row=str(message_id))
    return HttpResponse(
        octets,
        content_type="text/plain",
        headers={
            "Content-Disposition": f'attachment; filename="case-{number}-{message_id}.txt"',
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox",
        },
    )


def _written(row: CaseRow, message_id: UUID) -> MessageRow:
    """Return what a customer of ours wrote; a stranger's case is given to an account first."""
    if not row.head.account_id:
        raise Http404
    try:
        found = queries.message(row.head.account_id, case_id=row.head.id, message_id=message_id)
    except Refusal:
        raise Http404 from None
    if not found.inbound:
        raise Http404
    return found


def _page(
    request: HttpRequest,
    row: CaseRow,
    *,
    answering: AnswerForm | None = None,
    assigning: AccountForm | None = None,
) -> HttpResponse:
    """Show the page, with the form that was refused where there is one."""
    head, skip = row.head, _number(request.GET.get("before", "")) or 0
    said = queries.messages(
        head.account_id, case_id=head.id, limit=MESSAGES_PER_PAGE + 1, skip=skip
    )
    seen(request, verb="view_case", place="cases_case", row=str(head.id))
    context: dict[str, Any] = {
        "row": row,
        "kind": KINDS[head.kind],
        "channel": CHANNELS[Channel(head.channel)],
        "proof": PROOFS[head.proof],
        "state": STATES[head.state],
        "said": [(message, PROOFS[message.proof]) for message in said[-MESSAGES_PER_PAGE:]],
        "more": skip + MESSAGES_PER_PAGE if len(said) > MESSAGES_PER_PAGE else None,
        "paged": skip > 0,
        "reports": incidents.reports_of_case(head.account_id, case_id=head.id),
        "may_report": member(request).may(REPORTERS),
        "answering": answering or AnswerForm(),
        "kinds": KindForm(initial={"kind": head.kind}),
        "assigning": (assigning or AccountForm()) if head.account_id == 0 else None,
    }
    refused = answering or assigning
    return render(request, "backoffice/case.html", context, status=400 if refused else 200)


def _found(number: int) -> CaseRow:
    try:
        return queries.case_by_number(number)
    except Refusal:
        raise Http404 from None


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS_MAX else None
