"""Something does not work: a report about an order, and "I am affected" on an incident's notice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from nummer.apps.catalogue import queries as catalogue
from nummer.apps.incidents import queries as incidents
from nummer.apps.incidents.actions import scopes
from nummer.apps.incidents.actions.facts import Source, Told, report_problem
from nummer.apps.incidents.queries import IncidentRow
from nummer.apps.leases import queries as leases
from nummer.apps.numbers import queries as numbers
from nummer.apps.numbers.errors import NoSuchActivation
from nummer.apps.numbers.queries import ActivationRow
from nummer.apps.refunds.actions import say_lease_affected
from nummer.faces.site.refusals import NOT_FOUND, sentence
from nummer.faces.site.requests import account_id, customers_only, public
from nummer.kernel import clock
from nummer.kernel.errors import Refusal
from nummer.kernel.ids import id_of, new_id


class ReportForm(forms.Form):
    """What a customer sees; the moment is that of sending it."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    words = forms.CharField(
        label=_("What does not work?"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Please write no card or account numbers and no passwords."),
    )


@dataclass(frozen=True, slots=True)
class Concern:
    """An incident that concerns an order, and the link by which its customer says so."""

    incident: IncidentRow
    link: str


def concerns(row: ActivationRow, *, now: datetime) -> list[Concern]:
    """Return the incidents that concern an open order now, each with its link."""
    if not row.open:
        return []
    found = incidents.incidents_at(scopes.place_of(row), now=now)
    return [
        Concern(
            each,
            scopes.affected_link(each.id, account_id=row.account_id, order_id=row.order_id),
        )
        for each in found
    ]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@customers_only
def report(request: HttpRequest, activation_id: int) -> HttpResponse:
    """Take a report about an order; sending the page twice reports once."""
    buyer, now = account_id(request), clock.now()
    row = numbers.activation(buyer, activation_id=activation_id)
    form = ReportForm(request.POST or None, initial={"key": new_id()})
    refused = ""
    if request.method == "POST" and form.is_valid():
        told = Told(
            source=Source.PAGE,
            actor=f"customer:{buyer}",
            happened_at=now,
            evidence=form.cleaned_data["words"],
            key=id_of("report", buyer, activation_id, form.cleaned_data["key"]),
        )
        try:
            report_problem(buyer, activation_id=activation_id, told=told, now=now)
        except Refusal as refusal:
            if refusal.code in NOT_FOUND:
                raise
            refused = sentence(refusal)
        else:
            messages.success(request, gettext("Reported. The moment of your report counts."))
            return redirect("site:order-detail", activation_id=activation_id)
    context = {
        "form": form,
        "row": row,
        "refused": refused,
        "service_name": catalogue.service(row.service).name,
    }
    status = 400 if refused or form.errors else 200
    return render(request, "site/report.html", context, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@public
def affected(request: HttpRequest, incident_id: UUID, link: str) -> HttpResponse:
    """Show an incident to whoever has the signed link, and take one click as his contact.

    Looking reports nothing: programs that check mails follow every link.
    """
    now = clock.now()
    customer, subject_id = scopes.affected_subject(incident_id, link=link)
    context: dict[str, object] = {"incident": incidents.incident(incident_id)}
    try:
        row = scopes.affected_order(incident_id, link=link)
    except NoSuchActivation:
        context["lease"] = leases.lease(customer, lease_id=subject_id)
    else:
        context |= {"row": row, "service_name": catalogue.service(row.service).name}
    if request.method == "POST" and "lease" in context:
        context["told"] = say_lease_affected(
            customer, lease_id=subject_id, incident_id=incident_id, now=now
        )
    elif request.method == "POST":
        context["told"] = scopes.say_affected(incident_id, link=link, now=now)
    return render(request, "site/affected.html", context)
