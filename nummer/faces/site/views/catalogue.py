"""Services, countries, live stock and prices with tax."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_safe

from nummer.apps.accounts import queries as accounts
from nummer.apps.catalogue import queries as catalogue
from nummer.apps.catalogue.queries import Quote, ServiceRow
from nummer.apps.numbers.listings import listings
from nummer.apps.numbers.rates import (
    BUYERS_MIN,
    EVERY_COUNTRY,
    ORDERS_MIN,
    CodeRate,
    code_rates,
)
from nummer.faces.site.requests import own_account_id, public
from nummer.faces.site.templatetags.nummer import country as country_name
from nummer.kernel import clock
from nummer.kernel.money import Money

SEARCH_MAX: Final = 60
FREE_SHOWN_MAX: Final = 100
BY_NAME: Final = "name"
BY_PRICE: Final = "price"
BY_SHARE: Final = "share"
BY_TIME: Final = "time"
SORTS: Final = (BY_NAME, BY_PRICE, BY_SHARE, BY_TIME)
LAST: Final = 2**63


@dataclass(frozen=True, slots=True)
class Buyer:
    """For whom prices are shown: the customer's own account, or the installation's default."""

    currency: str
    country: str
    kind: str


@dataclass(frozen=True, slots=True)
class ServiceCard:
    """A service in the list: what it costs from, and how many numbers are free."""

    code: str
    name: str
    cheapest: Money | None
    free: int
    more: bool  # than FREE_SHOWN_MAX
    rate: CodeRate | None


@dataclass(frozen=True, slots=True)
class CountryLine:
    """A country of one service: its price for this buyer and its free numbers."""

    code: str
    name: str
    quote: Quote
    free: int
    more: bool  # than FREE_SHOWN_MAX
    rate: CodeRate | None


def buyer_of(request: HttpRequest) -> Buyer:
    """Return for whom prices are shown."""
    account_id = own_account_id(request)
    if account_id is None:
        return Buyer(**settings.VISITOR[get_language() or "en"])
    row = accounts.account(account_id)
    return Buyer(currency=row.currency, country=accounts.tax_country(row), kind=row.kind)


def quote_for(buyer: Buyer, *, service: str, country: str, now: datetime) -> Quote:
    """Return the price of one pair. Refuses: catalogue's refusals."""
    return catalogue.quote(
        service=service,
        country=country,
        currency=buyer.currency,
        customer_country=buyer.country,
        customer_kind=buyer.kind,
        now=now,
    )


@require_safe
@public
def services(request: HttpRequest) -> HttpResponse:
    """Show the services that are switched on, found by name, each with its lowest price."""
    wanted, sort = request.GET.get("q", "").strip()[:SEARCH_MAX], sort_of(request)
    rates = code_rates(country=EVERY_COUNTRY)
    lines = _lines(buyer_of(request), clock.now(), rates={})
    cards = [
        _card(service, lines.get(service.code, []), rates.get((service.code, EVERY_COUNTRY)))
        for service in catalogue.services(enabled_only=True)
        if wanted.casefold() in service.name.casefold() or wanted.casefold() == service.code
    ]
    cards.sort(key=lambda card: (_place(sort, card.cheapest, card.rate), card.name.casefold()))
    page = "site/_service_cards.html" if request.headers.get("HX-Request") else "site/services.html"
    return render(request, page, {"cards": cards, "wanted": wanted, **_sorting(sort)})


def sort_of(request: HttpRequest) -> str:
    """Return by what a list is sorted; what is none of SORTS means by name."""
    wanted = request.GET.get("sort", "")
    return wanted if wanted in SORTS else BY_NAME


def _sorting(sort: str) -> dict[str, object]:
    names = {
        BY_NAME: gettext("Name"),
        BY_PRICE: gettext("Price"),
        BY_SHARE: gettext("Share of codes"),
        BY_TIME: gettext("Time to the code"),
    }
    return {
        "sort": sort,
        "sorts": list(names.items()),
        "orders_min": ORDERS_MIN,
        "buyers_min": BUYERS_MIN,
    }


def _place(sort: str, price: Money | None, rate: CodeRate | None) -> int:
    """Return where something stands in a sorted list; what was not measured comes last."""
    match sort:
        case "price":
            return LAST if price is None else price.micro
        case "share":
            return LAST if rate is None else -rate.share_percent
        case "time":
            return LAST if rate is None else rate.nine_of_ten_within_s or LAST
        case _:
            return 0


def _card(service: ServiceRow, lines: Sequence[CountryLine], rate: CodeRate | None) -> ServiceCard:
    totals = [line.quote.total for line in lines if line.free] or [
        line.quote.total for line in lines
    ]
    free = sum(line.free for line in lines)
    return ServiceCard(
        code=service.code,
        name=service.name,
        cheapest=min(totals, key=lambda total: total.micro, default=None),
        free=free,
        more=free > FREE_SHOWN_MAX,
        rate=rate,
    )


def _lines(
    buyer: Buyer,
    now: datetime,
    *,
    rates: Mapping[tuple[str, str], CodeRate],
    service: str | None = None,
    sort: str = BY_NAME,
) -> dict[str, list[CountryLine]]:
    """Return what each service costs this buyer in each country, what is free first."""
    found: dict[str, list[CountryLine]] = defaultdict(list)
    for listing in listings(
        buyer.currency,
        customer_country=buyer.country,
        service=service,
        free_most=FREE_SHOWN_MAX + 1,
        now=now,
    ):
        line = CountryLine(
            code=listing.country,
            name=country_name(listing.country),
            quote=listing.quote,
            free=listing.free,
            more=listing.free > FREE_SHOWN_MAX,
            rate=rates.get((listing.service, listing.country)),
        )
        found[listing.service].append(line)
    for lines in found.values():
        lines.sort(
            key=lambda line: (
                line.free == 0,
                _place(sort, line.quote.total, line.rate),
                line.name,
            )
        )
    return found


@require_safe
@public
def service(request: HttpRequest, code: str) -> HttpResponse:
    """Show one service: its countries with live stock, its restrictions and its help."""
    row = catalogue.service(code)
    sort, rates = sort_of(request), code_rates(service=row.code)
    lines = _lines(buyer_of(request), clock.now(), rates=rates, service=row.code, sort=sort)
    context = {"service": row, "lines": lines.get(row.code, []), **_sorting(sort)}
    if request.headers.get("HX-Request"):
        return render(request, "site/_country_lines.html", context)
    return render(request, "site/service.html", {**context, **good_to_know(row)})


def good_to_know(service: ServiceRow) -> dict[str, object]:
    """Return the notices that stand beside an offer, in the reader's language."""
    language = get_language() or "en"
    return {
        "restrictions": catalogue.restrictions(service.code, language=language),
        "responsibilities": catalogue.responsibilities(service.code, language=language),
        "helps": catalogue.helps(service.code, language=language),
    }
