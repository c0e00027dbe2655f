"""Decisions about misuse: the customer reads them and objects; a person looks at it again."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from nummer.apps.agreements.queries import in_force
from nummer.apps.agreements.quoting import words_of
from nummer.apps.cases.actions import Channel
from nummer.apps.cases.actions.opening import CHARACTERS_MAX
from nummer.apps.incidents import queries as incidents
from nummer.apps.incidents.actions import abuse
from nummer.faces.site.refusals import NOT_FOUND, sentence
from nummer.faces.site.requests import account_id, customers_only
from nummer.kernel import clock
from nummer.kernel.errors import Refusal
from nummer.kernel.locale import DRAFTING_LANGUAGE

STATES: Final = {
    "confirmed": _("Misuse is confirmed."),
    "rejected": _("The suspicion was not confirmed."),
}


class ObjectionForm(forms.Form):
    """Why the decision is wrong, in the customer's words."""

    words = forms.CharField(
        label=_("Why do you object?"),
        max_length=CHARACTERS_MAX,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("Please do not write numbers of cards or bank accounts; we remove them."),
    )


@never_cache
@require_safe
@customers_only
def decisions(request: HttpRequest) -> HttpResponse:
    """List what was decided about misuse, each with its clause and a form to object."""
    return _listed(request, account_id(request), ObjectionForm(), status=200)


@never_cache
@require_POST
@customers_only
def object_to(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Take an objection; sending the page twice objects once."""
    customer, form = account_id(request), ObjectionForm(request.POST)
    if form.is_valid():
        try:
            opened = abuse.object_to(
                customer,
                case_id=case_id,
                words=form.cleaned_data["words"],
                channel=Channel.PAGE,
                actor=f"customer:{customer}",
                now=clock.now(),
            )
        except Refusal as refusal:
            if refusal.code in NOT_FOUND:
                raise
            form.add_error(None, sentence(refusal))
        else:
            messages.success(
                request, gettext("We received your objection. Another person looks at it again.")
            )
            return redirect("site:case", number=opened.head.number)
    return _listed(request, customer, form, status=400)


def _listed(
    request: HttpRequest, customer: int, form: ObjectionForm, *, status: int
) -> HttpResponse:
    context = {
        "rows": [(row, STATES[row.state]) for row in incidents.decisions_on_misuse(customer)],
        "quote": _quote(),
        "clause": abuse.CLAUSE,
        "form": form,
    }
    return render(request, "site/decisions.html", context, status=status)


def _quote() -> str:
    """Return what the policy in force says under the clause, in the language of the page."""
    language = get_language() or DRAFTING_LANGUAGE
    text = in_force("refund-policy", language=language, now=clock.now())
    return words_of(text, clause=abuse.CLAUSE) or ""
