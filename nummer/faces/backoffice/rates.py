"""The staff's pages of what SMS cost, and of what rented numbers cost: rates, costs, routes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from nummer.apps.catalogue import leasing, sms_listing, sms_pricing
from nummer.apps.catalogue import queries as catalogue
from nummer.apps.catalogue.sms_pricing import PRIORITY_MAX, REASON_MAX, THROUGHPUT_MAX
from nummer.faces.backoffice.forms import NUMBER_KINDS, countries, moment
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
from nummer.kernel.money import Money

_PREFIX_HELP: Final = _("Digits without plus; empty is every number.")


def amount(label: Any, *, required: bool = False, help_text: Any = "") -> forms.DecimalField:
    """Return the field of a sum to the micro-unit."""
    return forms.DecimalField(
        label=label,
        required=required,
        help_text=help_text,
        max_digits=12,
        decimal_places=6,
        min_value=0,
        localize=True,
    )


class RateForm(forms.Form):
    """A rate from a moment on, or the end of a prefix."""

    digits = forms.CharField(
        label=_("Prefix"), max_length=15, required=False, help_text=_PREFIX_HELP
    )
    currency = forms.ChoiceField(label=_("Currency"))
    local = forms.BooleanField(
        label=_("Only from numbers of the same country (local rate)"), required=False
    )
    net = amount(
        _("Price of a part without tax"), help_text=_("Empty ends the prefix: a shorter one holds.")
    )
    from_at = moment(_("From (UTC)"))
    reason = forms.CharField(
        label=_("Reason, where it may be below cost"), max_length=REASON_MAX, required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "currency", [(code, code) for code in catalogue.currencies()])

    def save(self, *, actor: str, now: datetime) -> None:
        """Let it hold. Refuses what `add_rates` refuses."""
        said = self.cleaned_data
        line = sms_pricing.RateLine(
            said["digits"],
            local=said["local"],
            net=typed(said["net"], currency=said["currency"]),
            currency=said["currency"],
        )
        sms_pricing.add_rates(
            [line], from_at=said["from_at"] or now, reason=said["reason"], actor=actor, now=now
        )


class RouteForm(forms.Form):
    """A carrier's word about a prefix."""

    carrier = forms.CharField(label=_("Carrier"), max_length=20)
    supplier = forms.CharField(label=_("Supplier who sends the bill"), max_length=20)
    digits = forms.CharField(
        label=_("Prefix"), max_length=15, required=False, help_text=_PREFIX_HELP
    )
    enabled = forms.BooleanField(label=_("Takes SMS to it"), required=False, initial=True)
    priority = forms.IntegerField(
        label=_("Priority; low goes first"), min_value=0, max_value=PRIORITY_MAX, initial=10
    )
    throughput_per_s = forms.IntegerField(
        label=_("SMS a second at most"), min_value=1, max_value=THROUGHPUT_MAX, initial=100
    )

    def save(self, *, actor: str, now: datetime) -> None:
        """Keep it. Refuses what `set_route` refuses."""
        said = dict(self.cleaned_data)
        sms_pricing.set_route(prefix=said.pop("digits"), **said, actor=actor, now=now)


class ParityForm(forms.Form):
    """What a unit of a currency counts."""

    currency = forms.CharField(label=_("Currency"), max_length=3, min_length=3)
    euro = amount(_("Euros that a unit counts"), required=True)
    from_at = moment(_("From (UTC)"))

    def save(self, *, actor: str, now: datetime) -> None:
        """Let it hold. Refuses what `set_parity` refuses."""
        said = self.cleaned_data
        sms_pricing.set_parity(
            currency=said["currency"].upper(),
            euro=Money(int(said["euro"] * 1_000_000), "EUR"),
            from_at=said["from_at"] or now,
            actor=actor,
            now=now,
        )


class LeasePriceForm(forms.Form):
    """What a rented number costs by the month."""

    country = forms.ChoiceField(label=_("Country"))
    kind = forms.ChoiceField(label=_("Kind"), choices=list(NUMBER_KINDS.items()))
    currency = forms.ChoiceField(label=_("Currency"))
    monthly = amount(_("Monthly price without tax"), help_text=_("Empty ends the offer."))
    setup = amount(_("Set-up price without tax"), required=True)
    from_at = moment(_("From (UTC)"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "country", countries())
        offer(self, "currency", [(code, code) for code in catalogue.currencies()])

    def save(self, *, actor: str, now: datetime) -> None:
        """Let it hold. Refuses what `set_lease_price` refuses."""
        said = self.cleaned_data
        setup = typed(said["setup"], currency=said["currency"])
        assert setup is not None, "the field is required"
        leasing.set_lease_price(
            country=said["country"],
            kind=said["kind"],
            monthly=typed(said["monthly"], currency=said["currency"]),
            setup=setup,
            from_at=said["from_at"] or now,
            actor=actor,
            now=now,
        )


def offer(form: forms.Form, name: str, choices: list[tuple[str, str]]) -> None:
    """Give a field its choices."""
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField), "declared above"
    field.choices = choices


def typed(sum_: Any, *, currency: str) -> Money | None:
    """Return a sum that a form read."""
    return None if sum_ is None else Money(int(sum_ * 1_000_000), currency)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(OPERATIONS, FINANCE, SUPPORT)
def rates(request: HttpRequest) -> HttpResponse:
    """List the rates that hold and those to come, and set one."""
    asked, now = request.GET, clock.now()
    currency = asked.get("currency", "")
    currency = currency if currency in catalogue.currencies() else catalogue.currencies()[0]
    beginning = asked.get("prefix", "")[:15]

    def shown() -> dict[str, Any]:
        rows = sms_listing.rates_held(
            currency, beginning=beginning, now=now, after=asked.get("after", "")
        )
        return {
            "rows": rows,
            "planned": sms_listing.rates_planned(currency, beginning=beginning, now=now),
            "currency": currency,
            "currencies": catalogue.currencies(),
            "prefix": beginning,
            "more": _more(rows, currency=currency, prefix=beginning),
        }

    form = RateForm(request.POST or None, initial={"currency": currency})
    return _page(request, "rates", form=form, shown=shown)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(OPERATIONS, FINANCE)
def costs(request: HttpRequest) -> HttpResponse:
    """List what carriers take, and what currencies count; set what one counts."""
    asked, now = request.GET, clock.now()
    carrier, beginning = asked.get("carrier", "")[:20], asked.get("prefix", "")[:15]
    carriers = sms_listing.carriers_of_sms()
    carrier = carrier if carrier in carriers else ""

    def shown() -> dict[str, Any]:
        rows = sms_listing.costs_held(
            carrier, beginning=beginning, now=now, after=asked.get("after", "")
        )
        return {
            "rows": rows,
            "carriers": carriers,
            "carrier": carrier,
            "prefix": beginning,
            "parities": sms_listing.parities(now=now),
            "more": _more(rows, carrier=carrier, prefix=beginning),
        }

    return _page(request, "costs", form=ParityForm(request.POST or None), shown=shown)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(OPERATIONS, FINANCE)
def routes(request: HttpRequest) -> HttpResponse:
    """List by which carriers SMS go, with what became of them, and set a route."""
    return _page(
        request,
        "routes",
        form=RouteForm(request.POST or None),
        shown=lambda: {"rows": sms_listing.routes()},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(OPERATIONS, FINANCE, SUPPORT)
def lease_prices(request: HttpRequest) -> HttpResponse:
    """List what rented numbers cost, and set a price."""
    now = clock.now()
    return _page(
        request,
        "lease-prices",
        form=LeasePriceForm(request.POST or None),
        shown=lambda: {"rows": sms_listing.lease_prices(now=now), "now": now},
    )


_Form = RateForm | ParityForm | RouteForm | LeasePriceForm


def _page(
    request: HttpRequest, name: str, *, form: _Form, shown: Callable[[], dict[str, Any]]
) -> HttpResponse:
    """Save what was typed and come back, or show the page; only two roles may set anything."""
    may_set = member(request).may((OPERATIONS, FINANCE))
    if request.method == "POST" and may_set and form.is_valid():
        try:
            form.save(actor=member(request).actor, now=clock.now())
        except Refusal as refusal:
            form.add_error(None, sentence(refusal))
        else:
            messages.success(request, gettext("Saved."))
            return redirect(f"backoffice:{name}")
    if request.method == "POST" and not may_set:
        raise PermissionDenied
    context = {**shown(), "form": form if may_set else None}
    page = f"backoffice/{name.replace('-', '_')}.html"
    return render(request, page, context, status=400 if form.errors else 200)


def _more(rows: list[Any], **chosen: str) -> str:
    """Return the address of the next page of rows, or nothing at the end."""
    if len(rows) < sms_listing.ROWS_PAGE:
        return ""
    return "?" + urlencode({**chosen, "after": rows[-1].cursor})
