"""The staff's pages of cases: what waits, one case with its messages, and the answer."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from nummer.apps.accounts import queries as accounts
from nummer.apps.cases import actions, desk, queries, standard
from nummer.apps.cases.actions import Channel, Kind, Rating
from nummer.apps.cases.kinds import today
from nummer.apps.cases.queries import CaseRow, MessageRow
from nummer.apps.incidents import queries as incidents
from nummer.apps.refunds.actions import report_by_message
from nummer.apps.refunds.actions.faults import PROVEN
from nummer.apps.refunds.held import held_at
from nummer.faces.backoffice.case_forms import (
    AnswerForm,
    KindForm,
    MergeForm,
    NoteForm,
    giving_form,
)
from nummer.faces.backoffice.case_words import CHANNELS, KINDS, PROOFS, RATINGS, ROLES, STATES
from nummer.faces.backoffice.forms import AccountForm
from nummer.faces.backoffice.incident_forms import MessageReportForm
from nummer.faces.backoffice.requests import (
    COMPLIANCE,
    SUPPORT,
    member,
    seen,
    sentence,
    staff_only,
)
from nummer.kernel import clock
from nummer.kernel.errors import Refusal

REPORTERS: Final = (SUPPORT, COMPLIANCE)
MESSAGES_PER_PAGE: Final = 100
_DIGITS_MAX: Final = 18


@require_safe
@staff_only(*ROLES)
def case(request: HttpRequest, number: int) -> HttpResponse:
    """Show one case with all that was written; who looked is recorded with the case's id."""
    row, begun = found(number), None
    if code := request.GET.get("use", ""):
        begun = _begun(row, code)
    return page(request, row, begun=begun)


@require_POST
@staff_only(*ROLES)
def answer(request: HttpRequest, number: int) -> HttpResponse:
    """Answer the customer by mail and in his account."""
    row, form = found(number), AnswerForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            actions.answer(
                row.head.account_id,
                case_id=row.head.id,
                key=form.cleaned_data["key"],
                text=form.cleaned_data["text"],
                closes=form.cleaned_data["closes"],
                standard=form.cleaned_data["standard"],
                files=_files(form),
                actor=member(request).actor,
                now=clock.now(),
            )
        except Refusal as refusal:
            form.add_error(None, sentence(refusal))
        else:
            messages.success(request, gettext("The answer is on its way."))
            return redirect("backoffice:case", number=number)
    return page(request, row, answering=form)


@require_POST
@staff_only(*ROLES)
def set_kind(request: HttpRequest, number: int) -> HttpResponse:
    """Say what the case is about."""
    row, form = found(number), KindForm(request.POST)
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
    row = found(number)
    actions.close_case(
        row.head.account_id, case_id=row.head.id, actor=member(request).actor, now=clock.now()
    )
    messages.success(request, gettext("Saved."))
    return redirect("backoffice:case", number=number)


@require_POST
@staff_only(*ROLES)
def assign(request: HttpRequest, number: int) -> HttpResponse:
    """Give a stranger's case to an account, whose customer is asked to confirm it."""
    row, form = found(number), AccountForm(request.POST)
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
    return page(request, row, assigning=form)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(*REPORTERS)
def report(request: HttpRequest, number: int, message_id: UUID) -> HttpResponse:
    """Write down that a message tells of a fault; its receipt is the customer's contact (RP-B1)."""
    row = found(number)
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
    seen(request, verb="view_case", place="cases_case", row=str(case_id), account_id=account_id)
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
    head = found(number).head
    try:
        queries.message(head.account_id, case_id=head.id, message_id=message_id)
        octets = queries.raw_mail(head.account_id, message_id=message_id)
    except Refusal:
        raise Http404 from None
    if octets is None:
        raise Http404
    seen(
        request,
        verb="view_raw_mail",
        place="cases_message",
        row=str(message_id),
        account_id=head.account_id or None,
    )
    return HttpResponse(
        octets,
        content_type="text/plain",
        headers={
            "Content-Disposition": f'attachment; filename="case-{number}-{message_id}.txt"',
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox",
        },
    )


def _files(form: AnswerForm) -> list[actions.Upload]:
    file = form.cleaned_data["attached"]
    return [actions.Upload(file.name or "", file.read())] if file else []


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


def _begun(row: CaseRow, code: str) -> AnswerForm:
    """Return the form of an answer that begins with a standard answer, in the case's language."""
    try:
        one = standard.latest(code)
    except Refusal:
        raise Http404 from None
    head = row.head
    language = accounts.account(head.account_id).locale if head.account_id else head.language
    text = standard.written(one, language=language, number=head.number, now=clock.now())
    return AnswerForm(initial={"text": text, "standard": one.name})


def page(
    request: HttpRequest,
    row: CaseRow,
    *,
    begun: AnswerForm | None = None,
    noting: NoteForm | None = None,
    merging: MergeForm | None = None,
    answering: AnswerForm | None = None,
    assigning: AccountForm | None = None,
) -> HttpResponse:
    """Show the page, with the form that was refused where there is one."""
    head, skip = row.head, number_in(request.GET.get("before", "")) or 0
    said = queries.messages(
        head.account_id, case_id=head.id, limit=MESSAGES_PER_PAGE + 1, skip=skip
    )
    _may_look(request, row)
    seen(
        request,
        verb="view_case",
        place="cases_case",
        row=str(head.id),
        account_id=head.account_id or None,
    )
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
        "may_suspect": member(request).may((COMPLIANCE,)),
        "may_report": member(request).may(REPORTERS),
        "answering": answering or begun or AnswerForm(),
        "standards": sorted(standard.current(), key=lambda one: one.kind is not head.kind),
        "notes": desk.notes(head.account_id, case_id=head.id),
        "noting": noting or NoteForm(),
        "merging": merging or MergeForm(),
        "giving": giving_form(head),
        "mine": head.assignee == member(request).actor,
        "rating": RATINGS[Rating(head.rating)] if head.rating else "",
        "late": head.answer_on is not None and head.answer_on < today(clock.now()),
        "kinds": KindForm(initial={"kind": head.kind}),
        "assigning": (assigning or AccountForm()) if head.account_id == 0 else None,
    }
    refused = answering or assigning or noting or merging
    return render(request, "backoffice/case.html", context, status=400 if refused else 200)


def _may_look(request: HttpRequest, row: CaseRow) -> None:
    """Let one of the support look at the account of the case that she opens (LD-U2)."""
    if row.head.account_id and member(request).role == SUPPORT:
        actions.look_by_case(
            row.head.account_id,
            case_id=row.head.id,
            actor=member(request).actor,
            now=clock.now(),
        )


def found(number: int) -> CaseRow:
    """Return the case of a number, 404 without one."""
    try:
        return queries.case_by_number(number)
    except Refusal:
        raise Http404 from None


def number_in(text: str) -> int | None:
    """Return the number that a text is, None where it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS_MAX else None
