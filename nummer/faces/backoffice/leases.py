"""The staff's pages of rented numbers: finding one, its history, ending it, porting it out."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from nummer.apps.leases import actions as leases
from nummer.apps.leases import portouts, queries
from nummer.apps.leases.leaving import CAUSES, PORT_REFUSALS, Cause, PortRefusal
from nummer.apps.leases.queries import LeaseRow
from nummer.apps.refunds import actions
from nummer.apps.refunds.rentals import if_ended_by_us
from nummer.faces.backoffice.forms import RentedNumberField
from nummer.faces.backoffice.requests import (
    COMPLIANCE,
    FINANCE,
    OPERATIONS,
    SUPPORT,
    member,
    seen,
    sentence,
    staff_only,
)
from nummer.kernel import clock
from nummer.kernel.errors import Refusal
from nummer.policy.lease import ENDS

READERS: Final = (SUPPORT, FINANCE, COMPLIANCE, OPERATIONS)
ENDERS: Final = (COMPLIANCE, OPERATIONS)
PORTERS: Final = (SUPPORT, OPERATIONS)
STATES: Final = {
    "paid": _("being prepared"),
    "papers": _("waits for papers"),
    "at_supplier": _("ordered at the supplier"),
    "active": _("works"),
    "cancelled": _("under notice"),
    "grace": _("unpaid"),
    "released": _("ended"),
    "failed": _("never began"),
}
PORTING: Final = {
    "asked": _("asked for"),
    "set": _("code and day are set"),
    "done": _("ported"),
    "refused": _("refused"),
    "withdrawn": _("withdrawn"),
}
WORDS_MAX: Final = 1_000
CODE_MAX: Final = 64
ACCOUNT_MAX: Final = 2**63 - 1


class FindForm(forms.Form):
    """Whose leases to list: those of a number, or of an account."""

    number = RentedNumberField()
    account = forms.IntegerField(
        label=_("Account"), min_value=1, max_value=ACCOUNT_MAX, required=False
    )


class EndForm(forms.Form):
    """Why we end a contract; the holder reads both."""

    cause = forms.ChoiceField(label=_("Reason"), choices=list(CAUSES.items()))
    words = forms.CharField(
        label=_("What the customer reads"),
        max_length=WORDS_MAX,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("In the customer's language; it stands in the letter and on the page."),
    )

    def clean(self) -> dict[str, object]:
        """Ask for words where the reason says nothing."""
        given: dict[str, object] = super().clean() or {}
        if given.get("cause") == Cause.OTHER and not str(given.get("words", "")).strip():
            self.add_error("words", gettext("Please write why the contract ends."))
        return given


class PortOutForm(forms.Form):
    """What the new provider needs; the code is never shown to the staff again."""

    code = forms.CharField(
        label=_("Code for the other provider"),
        max_length=CODE_MAX,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("Shown to the holder alone, and never sent by mail."),
    )
    on = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}))


class RefusePortOutForm(forms.Form):
    """Why a number cannot be ported; the holder reads both."""

    refusal = forms.ChoiceField(label=_("Reason"), choices=list(PORT_REFUSALS.items()))
    words = forms.CharField(
        label=_("What the customer reads"),
        max_length=WORDS_MAX,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


@require_safe
@staff_only(*READERS)
def listed(request: HttpRequest) -> HttpResponse:
    """Find leases by number or account; list the port-outs that go on."""
    asked = "number" in request.GET or "account" in request.GET
    form, rows = FindForm(request.GET if asked else None), []
    if asked and form.is_valid():
        number, account = form.cleaned_data["number"], form.cleaned_data["account"]
        if number is not None:
            rows = queries.leases_with(number)
        elif account is not None:
            rows = queries.leases_of(account, limit=queries.LISTED_MAX)
        seen(request, verb="list_leases", place="leases_lease")
    context = {
        "form": form,
        "asked": asked and not form.errors,
        "rows": [(row, STATES[row.state]) for row in rows],
        "ports": [(row, PORTING[row.state]) for row in portouts.waiting()],
    }
    return render(request, "backoffice/leases.html", context, status=400 if form.errors else 200)


@require_safe
@staff_only(*READERS)
def lease(request: HttpRequest, account_id: int, lease_id: UUID) -> HttpResponse:
    """Show one lease with the history of its number; who looked is recorded."""
    return _page(request, _found(account_id, lease_id))


@require_POST
@staff_only(*ENDERS)
def end(request: HttpRequest, account_id: int, lease_id: UUID) -> HttpResponse:
    """Show what ending the contract ourselves brings, and end it at the second click."""
    row, form, now = _found(account_id, lease_id), EndForm(request.POST), clock.now()
    if not form.is_valid():
        return _page(request, row, ending=form)
    if "confirm" not in request.POST:
        if row.state in ENDS:
            return redirect("backoffice:lease", account_id, lease_id)
        context = {
            "lease": row,
            "form": form,
            "cause": CAUSES[Cause(form.cleaned_data["cause"])],
            "words": form.cleaned_data["words"],
            "brings": if_ended_by_us(account_id, lease_id=lease_id, now=now),
        }
        return render(request, "backoffice/lease_end.html", context)
    try:
        decided = actions.end_lease(
            account_id,
            lease_id=lease_id,
            cause=Cause(form.cleaned_data["cause"]),
            words=form.cleaned_data["words"],
            actor=member(request).actor,
            now=now,
        )
    except Refusal as refusal:
        messages.error(request, sentence(refusal))
    else:
        told = gettext("Ended. %(amount)s returned to the customer's balance (%(clause)s).")
        messages.success(request, told % {"amount": decided.amount, "clause": decided.clause})
    return redirect("backoffice:lease", account_id, lease_id)


@require_POST
@staff_only(*PORTERS)
def set_port_out(request: HttpRequest, account_id: int, port_out_id: UUID) -> HttpResponse:
    """Give the holder code and day."""
    row, form = _porting(account_id, port_out_id), PortOutForm(request.POST)
    if not form.is_valid():
        return _page(request, _found(account_id, row.lease_id), setting=form)
    try:
        leases.set_port_out(
            account_id,
            port_out_id=port_out_id,
            code=form.cleaned_data["code"],
            on=form.cleaned_data["on"],
            actor=member(request).actor,
            now=clock.now(),
        )
    except Refusal as refusal:
        form.add_error(None, sentence(refusal))
        return _page(request, _found(account_id, row.lease_id), setting=form)
    messages.success(request, gettext("Saved."))
    return redirect("backoffice:lease", account_id, row.lease_id)


@require_POST
@staff_only(*PORTERS)
def refuse_port_out(request: HttpRequest, account_id: int, port_out_id: UUID) -> HttpResponse:
    """Refuse a port-out, and say why."""
    row, form = _porting(account_id, port_out_id), RefusePortOutForm(request.POST)
    if not form.is_valid():
        return _page(request, _found(account_id, row.lease_id), refusing=form)
    try:
        actions.refuse_port_out(
            account_id,
            port_out_id=port_out_id,
            refusal=PortRefusal(form.cleaned_data["refusal"]),
            words=form.cleaned_data["words"],
            actor=member(request).actor,
            now=clock.now(),
        )
    except Refusal as refusal:
        form.add_error(None, sentence(refusal))
        return _page(request, _found(account_id, row.lease_id), refusing=form)
    messages.success(request, gettext("Saved."))
    return redirect("backoffice:lease", account_id, row.lease_id)


@require_POST
@staff_only(*PORTERS)
def mark_ported(request: HttpRequest, account_id: int, port_out_id: UUID) -> HttpResponse:
    """Say that the number has gone; the box is the second look."""
    row = _porting(account_id, port_out_id)
    if request.POST.get("gone") != "yes":
        messages.error(request, gettext("Please tick that the number has gone."))
        return redirect("backoffice:lease", account_id, row.lease_id)
    try:
        decided = actions.mark_ported(
            account_id, port_out_id=port_out_id, actor=member(request).actor, now=clock.now()
        )
    except Refusal as refusal:
        messages.error(request, sentence(refusal))
    else:
        told = gettext("Ended. %(amount)s returned to the customer's balance (%(clause)s).")
        messages.success(request, told % {"amount": decided.amount, "clause": decided.clause})
    return redirect("backoffice:lease", account_id, row.lease_id)


def _page(
    request: HttpRequest,
    row: LeaseRow,
    *,
    ending: EndForm | None = None,
    setting: PortOutForm | None = None,
    refusing: RefusePortOutForm | None = None,
) -> HttpResponse:
    """Show the page, with the form that was refused where there is one."""
    seen(request, verb="view_lease", place="leases_lease", row=str(row.id))
    ended = queries.ending(row.account_id, lease_id=row.id)
    porting = portouts.latest_of(row.account_id, lease_id=row.id)
    person = member(request)
    may_port = person.may(PORTERS) and porting is not None and porting.open
    context = {
        "lease": row,
        "state": STATES[row.state],
        "periods": queries.periods(row.account_id, lease_id=row.id, limit=12),
        "history": queries.history(row.number),
        "ended": ended,
        "cause": None if ended is None else CAUSES[ended.cause],
        "porting": porting,
        "porting_state": None if porting is None else PORTING[porting.state],
        "ending": (ending or EndForm()) if person.may(ENDERS) and row.state not in ENDS else None,
        "setting": (setting or PortOutForm()) if may_port else None,
        "refusing": (refusing or RefusePortOutForm()) if may_port else None,
    }
    refused = ending or setting or refusing
    return render(request, "backoffice/lease.html", context, status=400 if refused else 200)


def _found(account_id: int, lease_id: UUID) -> LeaseRow:
    try:
        return queries.lease(account_id, lease_id=lease_id)
    except Refusal:
        raise Http404 from None


def _porting(account_id: int, port_out_id: UUID) -> portouts.PortOutRow:
    try:
        return portouts.port_out(account_id, port_out_id=port_out_id)
    except Refusal:
        raise Http404 from None
