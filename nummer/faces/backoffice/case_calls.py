"""What a caller says, written down as a case of its moment."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from nummer.apps.accounts import queries as accounts
from nummer.apps.cases import actions
from nummer.apps.cases.actions import Channel, Kind, Proof
from nummer.apps.cases.actions.opening import CHARACTERS_MAX, SUBJECT_MAX
from nummer.faces.backoffice.case_words import KINDS, ROLES
from nummer.faces.backoffice.forms import AccountForm, moment
from nummer.faces.backoffice.requests import (
    FINANCE,
    OPERATIONS,
    SUPPORT,
    member,
    sentence,
    staff_only,
)
from nummer.kernel import clock
from nummer.kernel.errors import Refusal
from nummer.kernel.ids import new_id

# By phone each of these is taken where its clock starts: as a fact, a claim or a payout.
TAKEN_ELSEWHERE: Final = (
    Kind.OUTAGE,
    Kind.REFUND,
    Kind.WITHDRAWAL,
    Kind.PAYOUT,
    Kind.PORT_OUT,  # by the holder, on the page of his number
    Kind.PAPERS,  # by the customer, on the page of his papers
)
CALLS: Final = (
    ("backoffice:phone-report", _("Report by phone"), (SUPPORT, OPERATIONS)),
    ("backoffice:claim-call", _("Log a refund request by phone"), ROLES),
    ("backoffice:payouts", _("Payouts"), (FINANCE, SUPPORT)),
)


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
