"""What a customer says of himself: the page where he changes it, and its history (PP-4.1a)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from nummer.apps.accounts import actions as accounts_actions
from nummer.apps.accounts import profiles
from nummer.apps.accounts import queries as accounts
from nummer.apps.accounts.profiles import ChangeRow, Field
from nummer.apps.accounts.queries import AccountRow
from nummer.apps.invoices import actions as invoices_actions
from nummer.apps.invoices import queries as invoices
from nummer.apps.notify import preferences as letters
from nummer.faces.site.refusals import sentence
from nummer.faces.site.requests import account_id, customers_only
from nummer.faces.site.templatetags.nummer import country as country_name
from nummer.faces.site.views.preferences import keep
from nummer.faces.site.zones import keep_zone
from nummer.kernel import clock
from nummer.kernel.errors import Refusal
from nummer.kernel.locale import LANGUAGES
from nummer.policy.clause import clause

LINES_SHOWN: Final = 5
LINES_PER_PAGE: Final = 25
NAMES: Final = {
    Field.EMAIL: _("E-mail"),
    Field.PHONE: _("Phone"),
    Field.KIND: _("You order as"),
    Field.COUNTRY: _("Country"),
    Field.CURRENCY: _("Currency"),
    Field.LANGUAGE: _("Language"),
    Field.NAME: _("Name"),
    Field.ADDRESS: _("Address"),
    Field.ORGANISATION_NUMBER: _("Organisation number"),
    Field.TAX_NUMBER: _("Tax number"),
    Field.TIME_ZONE: _("Time zone"),
    Field.CHANNEL: _("How letters come"),
}
KINDS: Final = {"person": _("a private person"), "company": _("a company")}
CHANNELS: Final = {letters.MAIL: _("by e-mail"), letters.PAGE: _("on your pages")}
# Which refusal of an action belongs beside which field; the others stand above the form.
_BESIDE: Final = {
    "organisation_number_refused": "organisation_number",
    "time_zone_unknown": "time_zone",
}


class DetailsForm(forms.Form):
    """The fields that a customer changes by himself at once; each says what it is for (LD-U7)."""

    name = forms.CharField(label=_("Your name"), max_length=100, required=False)
    organisation_number = forms.CharField(
        label=_("Organisation number"),
        max_length=profiles.NUMBER_LENGTH_MAX,
        required=False,
        help_text=_("So that we know which company in its register our contract is with."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    address = forms.CharField(
        label=_("Postal address"),
        max_length=600,
        required=False,
        help_text=_("It stands on your invoices. We send nothing there."),
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "street-address"}),
    )
    language = forms.ChoiceField(
        label=_("Language"),
        help_text=_("Our pages and our letters to you are in this language."),
        choices=[(code, translation.get_language_info(code)["name_local"]) for code in LANGUAGES],
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        required=False,
        help_text=_("Times on our pages and in our letters are told in it."),
    )
    channel = forms.ChoiceField(
        label=_("How letters come"),
        help_text=_(
            "What a law or our contract wants in your hands, codes and warnings are mailed in any"
            " case."
        ),
        choices=list(CHANNELS.items()),
        widget=forms.RadioSelect,
    )

    def __init__(self, customer: AccountRow, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name = self.fields["name"]
        name.help_text = gettext("It stands on your invoices. You may leave it empty.")
        if customer.kind == "company":
            name.label = gettext("Name of the company")
            name.widget.attrs["autocomplete"] = "organization"
        else:
            name.widget.attrs["autocomplete"] = "name"
            del self.fields["organisation_number"]
        zones = [(zone, zone.replace("_", " ")) for zone in profiles.time_zones()]
        choice = self.fields["time_zone"]
        assert isinstance(choice, forms.ChoiceField), "declared above"
        choice.choices = [("", gettext("that of the browser")), *zones]


@dataclass(frozen=True, slots=True)
class LineView:
    """A line of the history in the reader's words."""

    name: str
    before: str = field(repr=False)
    after: str = field(repr=False)
    values_gone: bool
    by: str
    notice: str
    at: datetime


@clause(
    "LD-U7",
    quote="We collect only what a stated purpose needs, and every field we store has a purpose, a "
    "legal basis and a time after which it is deleted.",
)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@customers_only
def details(request: HttpRequest) -> HttpResponse:
    """Show what a customer says of himself, and keep what he changes."""
    customer = accounts.account(account_id(request))
    initial = _initial(customer)
    form = DetailsForm(
        customer, request.POST if request.method == "POST" else None, initial=initial
    )
    if request.method == "POST" and form.is_valid():
        try:
            change_own_details(customer, said=form.cleaned_data, now=clock.now())
        except Refusal as refusal:
            form.add_error(_BESIDE.get(refusal.code), sentence(refusal))
        else:
            return _changed(request, form.cleaned_data)
    lines = profiles.history(customer.id, limit=LINES_SHOWN + 1)
    context = {
        "form": form,
        "account": customer,
        "email": accounts.email(customer.id),
        "phone": accounts.phone(customer.id),
        "tax_number": invoices.tax_number(customer.id),
        "lines": [_view(line) for line in lines[:LINES_SHOWN]],
        "more": len(lines) > LINES_SHOWN,
    }
    return render(request, "site/details.html", context, status=400 if form.errors else 200)


@clause(
    "PP-4.1a",
    quote="You can see, change and complete your data in your account, or ask us by e-mail at "
    "{operator_email}.",
)
@transaction.atomic
def change_own_details(customer: AccountRow, *, said: dict[str, str], now: datetime) -> None:
    """Keep all that a customer changed on the page, or nothing of it."""
    if "organisation_number" in said:
        profiles.set_organisation_number(customer.id, number=said["organisation_number"], now=now)
    invoices_actions.name_addressee(
        customer.id, name=said["name"], address=said["address"], now=now
    )
    accounts_actions.set_locale(customer.id, locale=said["language"], now=now)
    profiles.set_time_zone(customer.id, zone=said["time_zone"], now=now)
    letters.prefer(customer.id, wanted=said["channel"], now=now)


def _initial(customer: AccountRow) -> dict[str, str]:
    known, said = invoices.addressee(customer.id), profiles.details(customer.id)
    return {
        "name": known.name if known else "",
        "address": "\n".join(known.address) if known else "",
        "organisation_number": said.organisation_number,
        "language": customer.locale,
        "time_zone": said.time_zone,
        "channel": letters.channel(customer.id),
    }


def _changed(request: HttpRequest, said: dict[str, str]) -> HttpResponse:
    keep_zone(request, said["time_zone"])
    answer = redirect("site:account-details")
    keep(answer, settings.LANGUAGE_COOKIE_NAME, said["language"])
    with translation.override(said["language"]):
        messages.success(request, gettext("Saved."))
    return answer


@never_cache
@require_safe
@customers_only
def history(request: HttpRequest) -> HttpResponse:
    """List every change of the profile, newest first, page by page."""
    found = profiles.history(account_id(request), before=_before(request), limit=LINES_PER_PAGE + 1)
    rows = found[:LINES_PER_PAGE]
    context = {
        "lines": [_view(line) for line in rows],
        "paged": "before" in request.GET,
        "older": rows[-1].id if len(found) > LINES_PER_PAGE else None,
    }
    return render(request, "site/details_history.html", context)


def _before(request: HttpRequest) -> UUID | None:
    """Return the last line of the page before; what is no id means the first page."""
    try:
        return UUID(request.GET.get("before", ""))
    except ValueError:
        return None


def _view(line: ChangeRow) -> LineView:
    return LineView(
        str(NAMES[line.changed]),
        _in_words(line.changed, line.before),
        _in_words(line.changed, line.after),
        line.values_gone,
        _who(line.actor),
        line.notice,
        line.at,
    )


def _in_words(changed: Field, value: str) -> str:
    match changed:
        case Field.LANGUAGE if value:
            return str(translation.get_language_info(value)["name_local"])
        case Field.COUNTRY if value:
            return country_name(value)
        case Field.KIND:
            return str(KINDS.get(value, value))
        case Field.CHANNEL:
            return str(CHANNELS.get(value, value))
        case Field.ADDRESS:
            return ", ".join(value.splitlines())
        case _:
            return value


def _who(actor: str) -> str:
    """Return who it was; a colleague of ours has no name here."""
    match actor.partition(":")[0]:
        case "customer":
            return gettext("you")
        case "staff":
            return gettext("our staff")
        case _:
            return gettext("our program")
