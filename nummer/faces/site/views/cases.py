"""The customer's cases: what he asked of us, what we answered, and a form to write."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from nummer.apps.cases import actions, queries
from nummer.apps.cases.actions import Channel, Kind, Proof, State
from nummer.apps.cases.actions.opening import CHARACTERS_MAX, SUBJECT_MAX
from nummer.apps.cases.queries import CaseHead
from nummer.apps.cases.threads import survey_token
from nummer.apps.incidents import queries as incidents
from nummer.apps.incidents.actions.facts import Source, Told
from nummer.apps.refunds import actions as refunds
from nummer.apps.refunds import queries as claims
from nummer.apps.refunds.held import held_order
from nummer.faces.site.files import FilesField, FilesInput, handed_out, uploads
from nummer.faces.site.paging import cursor_of
from nummer.faces.site.refusals import sentence
from nummer.faces.site.requests import account_id, customers_only
from nummer.faces.site.views.surveys import RATINGS
from nummer.kernel import clock
from nummer.kernel.errors import Refusal
from nummer.kernel.ids import id_of, new_id
from nummer.kernel.redact import holds_number

CASES_PER_PAGE: Final = 25
MESSAGES_PER_PAGE: Final = 100
# In the order in which a customer looks for them.
KINDS: Final = {
    Kind.QUESTION: _("A question"),
    Kind.OUTAGE: _("A number does not work"),
    Kind.REFUND: _("Money back for an order"),
    Kind.WITHDRAWAL: _("Withdrawal from a contract"),
    Kind.PAYOUT: _("Payout of my balance"),
    Kind.COPY: _("A copy of my data"),
    Kind.ERASURE: _("Erasure of my data"),
    Kind.COMPLAINT: pgettext_lazy("kind of case", "A complaint"),
    Kind.PORT_OUT: _("Taking a number to another provider"),
    Kind.PAPERS: pgettext_lazy("kind of case", "Papers handed in"),
    Kind.ABUSE: pgettext_lazy("kind of case", "A report of misuse"),
}


class MessageForm(forms.Form):
    """What to add to a case; the key makes two clicks one message."""

    text = forms.CharField(
        label=_("Your message"),
        max_length=CHARACTERS_MAX,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("Please do not write numbers of cards or bank accounts; we remove them."),
    )
    attached = FilesField(
        label=_("Pictures or PDFs"),
        required=False,
        widget=FilesInput(attrs={"accept": "application/pdf,image/jpeg,image/png"}),
        help_text=_(
            "At most three, such as a screenshot that shows what is wrong. We keep a copy that only"
            " looks the same, sealed, for as long as the case. Papers belong on their own page."
        ),
    )
    key = forms.UUIDField(widget=forms.HiddenInput, initial=new_id)


class CaseForm(MessageForm):
    """A new case."""

    kind = forms.ChoiceField(
        label=_("What is it about?"),
        # a port-out is asked for on the page of its number; papers and reports have own pages
        choices=[
            one for one in KINDS.items() if one[0] not in (Kind.PORT_OUT, Kind.PAPERS, Kind.ABUSE)
        ],
    )
    subject = forms.CharField(label=_("In a few words"), max_length=SUBJECT_MAX)
    order = forms.UUIDField(widget=forms.HiddenInput, required=False)
    field_order = ("kind", "subject", "text", "attached", "order", "key")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@customers_only
def cases(request: HttpRequest) -> HttpResponse:
    """List the customer's cases, and take a new one."""
    customer = account_id(request)
    if request.method != "POST":
        return _listed(request, customer, CaseForm(initial=_wanted(request, customer)))
    form = CaseForm(request.POST, request.FILES)
    if form.is_valid():
        given, now = form.cleaned_data, clock.now()
        try:
            row = actions.open_case(
                customer,
                key=given["key"],
                kind=Kind(given["kind"]),
                channel=Channel.PAGE,
                text=given["text"],
                subject=given["subject"],
                order_id=_own_order(customer, given["order"]),
                proof=Proof.SIGNED_IN,
                actor=f"customer:{customer}",
                received_at=now,
                now=now,
                files=uploads(given["attached"]),
            )
            _report(customer, row.head, text=given["text"], now=now)
        except Refusal as refusal:
            form.add_error(None, sentence(refusal))
        else:
            _tell(request, f"{given['subject']}\n{given['text']}")
            return redirect("site:case", number=row.head.number)
    return _listed(request, customer, form)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@customers_only
def case(request: HttpRequest, number: int) -> HttpResponse:
    """Show a case with its messages, and take another one."""
    customer = account_id(request)
    row = queries.case_of_customer(customer, number=number)
    if row.head.number != number and request.method != "POST":  # it was merged into another one
        return redirect("site:case", number=row.head.number)
    form = MessageForm(request.POST, request.FILES) if request.method == "POST" else MessageForm()
    if request.method == "POST" and form.is_valid():
        try:
            actions.write_message(
                customer,
                case_id=row.head.id,
                key=form.cleaned_data["key"],
                channel=Channel.PAGE,
                text=form.cleaned_data["text"],
                proof=Proof.SIGNED_IN,
                actor=f"customer:{customer}",
                now=clock.now(),
                files=uploads(form.cleaned_data["attached"]),
            )
        except Refusal as refusal:
            form.add_error(None, sentence(refusal))
        else:
            _tell(request, form.cleaned_data["text"])
            return redirect("site:case", number=number)
    skip = cursor_of(request) or 0
    said = queries.messages(customer, case_id=row.head.id, limit=MESSAGES_PER_PAGE + 1, skip=skip)
    context = {
        "row": row,
        "kind": KINDS[row.head.kind],
        "state": state_name(row.head.state),
        "survey": _survey(row.head),
        "ratings": list(RATINGS.items()),
        "claim": claims.claim_to_confirm(customer, case_id=row.head.id),
        "said": said[-MESSAGES_PER_PAGE:],
        "more": skip + MESSAGES_PER_PAGE if len(said) > MESSAGES_PER_PAGE else None,
        "paged": skip > 0,
        "form": form,
    }
    return render(request, "site/case.html", context, status=400 if form.errors else 200)


@never_cache
@require_safe
@customers_only
def attachment(request: HttpRequest, number: int, file_id: UUID) -> HttpResponse:
    """Hand out a file of the customer's own message."""
    customer = account_id(request)
    row = queries.case_of_customer(customer, number=number)
    return handed_out(*queries.attachment(customer, case_id=row.head.id, file_id=file_id))


@require_POST
@customers_only
def confirm(request: HttpRequest, number: int) -> HttpResponse:
    """Let the customer say that a message was his, and with it the withdrawal that it declares."""
    customer = account_id(request)
    row = queries.case_of_customer(customer, number=number)
    filed = refunds.confirm_by_case(
        customer, case_id=row.head.id, actor=f"customer:{customer}", now=clock.now()
    )
    if filed is not None and filed.decided_at is not None:
        said = gettext("Thank you. We have answered your withdrawal by mail.")
    else:
        said = gettext("Thank you. Your message counts from its receipt on.")
    messages.success(request, said)
    return redirect("site:case", number=number)


@require_POST
@customers_only
def close(request: HttpRequest, number: int) -> HttpResponse:
    """Let the customer end his case."""
    customer = account_id(request)
    row = queries.case_of_customer(customer, number=number)
    actions.end_case(customer, case_id=row.head.id, now=clock.now())
    messages.success(request, gettext("The case is closed. A new message opens it again."))
    return redirect("site:case", number=number)


def state_name(state: State) -> str:
    """Return whose turn it is, as the customer reads it."""
    names = {
        State.OPEN: pgettext("case", "we will answer"),
        State.ANSWERED: pgettext("case", "answered"),
        State.CLOSED: pgettext("case", "closed"),
    }
    return names[state]


def _survey(head: CaseHead) -> str:
    """Return what opens the survey of a case that has ended and was not rated, empty otherwise."""
    if head.closed_at is None or head.rating:
        return ""
    return survey_token(head.number, case_id=head.id, ended_at=head.closed_at)


def _listed(request: HttpRequest, customer: int, form: CaseForm) -> HttpResponse:
    found = queries.cases_of(customer, before=cursor_of(request), limit=CASES_PER_PAGE + 1)
    shown = found[:CASES_PER_PAGE]
    context = {
        "rows": [(row, KINDS[row.head.kind], state_name(row.head.state)) for row in shown],
        "more": shown[-1].head.number if len(found) > CASES_PER_PAGE else None,
        "paged": "before" in request.GET,
        "form": form,
        "misuse": bool(incidents.decisions_on_misuse(customer)),
    }
    return render(request, "site/cases.html", context, status=400 if form.errors else 200)


def _wanted(request: HttpRequest, customer: int) -> dict[str, object]:
    """Return what the page that led here knows already."""
    try:
        order = _own_order(customer, UUID(request.GET.get("order", "")))
    except ValueError:
        order = None
    return {"kind": request.GET.get("kind", Kind.QUESTION), "order": order}


def _own_order(customer: int, order_id: UUID | None) -> UUID | None:
    """Return the order where it is the customer's, None for anything else."""
    if order_id is None:
        return None
    try:
        return held_order(customer, order_id=order_id).order_id
    except Refusal:
        return None


def _report(customer: int, head: CaseHead, *, text: str, now: datetime) -> None:
    """Let a message that an order does not work count as the contact that it is (RP-B1).

    Refuses: what `report_fault` refuses; sending the page again reports once.
    """
    if head.kind is not Kind.OUTAGE or head.order_id is None:
        return
    told = Told(
        source=Source.PAGE,
        actor=f"customer:{customer}",
        happened_at=head.received_at,
        evidence=text,
        case_id=head.id,
        key=id_of("case-report", head.id),
    )
    refunds.report_fault(customer, order_id=head.order_id, told=told, now=now)


def _tell(request: HttpRequest, text: str) -> None:
    messages.success(request, gettext("We received your message."))
    if holds_number(text):
        messages.warning(
            request,
            gettext(
                "It held a number that looks like one of a card or a bank account. We removed it,"
                " except for its last four digits."
            ),
        )
