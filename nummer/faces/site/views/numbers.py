"""Numbers by the month: countries, cities, prices and live stock, for people and search engines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_safe

from nummer.apps.catalogue import cities as places
from nummer.apps.catalogue import queries as catalogue
from nummer.apps.catalogue.cities import CityRow
from nummer.apps.catalogue.leasing import LeaseQuote, TermsRow, lease_quotes, lease_terms
from nummer.apps.leases import queries as leases
from nummer.apps.leases.queries import FreeNumber, Stock
from nummer.faces.site.indexing import Alternate, alternates, structured
from nummer.faces.site.refusals import sentence
from nummer.faces.site.requests import public
from nummer.faces.site.templatetags.nummer import country as country_name
from nummer.faces.site.templatetags.nummer import kind_name
from nummer.faces.site.views.catalogue import Buyer, buyer_of
from nummer.kernel import clock
from nummer.kernel import phone as phones
from nummer.kernel.errors import Refusal
from nummer.kernel.money import Money

RESULTS: Final = 20
PATTERN_MAX: Final = 20
WHERE: Final = ("anywhere", "begins", "ends")


@dataclass(frozen=True, slots=True)
class KindLine:
    """One kind of a country's numbers: its price for this reader, what holds, how many are free."""

    kind: str
    quote: LeaseQuote
    terms: TermsRow
    free: int

    @property
    def more(self) -> bool:
        """Tell whether there are more than were counted."""
        return self.free >= leases.COUNTED_MAX


@dataclass(frozen=True, slots=True)
class CountryCard:
    """A country of the list."""

    code: str
    name: str
    kinds: tuple[LeaseQuote, ...]
    cities: tuple[CityRow, ...]

    @property
    def cheapest(self) -> LeaseQuote:
        """Return the lowest monthly price."""
        return min(self.kinds, key=lambda quote: quote.monthly.net.micro)


@dataclass(frozen=True, slots=True)
class CityLine:
    """A city of a country's page, with its stock."""

    code: str
    name: str
    region: str
    free: int
    more: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody searches for."""

    kind: str = ""
    city: str = ""
    digits: str = ""
    where: str = "anywhere"
    sms: bool = False
    voice: bool = False

    @property
    def pattern(self) -> str:
        """Return the search's pattern; a beginning is told without the country's own code."""
        return self.digits + "$" if self.digits and self.where == "ends" else self.digits


@require_safe
@public
def countries(request: HttpRequest, language: str | None = None) -> HttpResponse:
    """Show the countries that numbers are rented out of, with their lowest price."""
    _speak(language)
    buyer, now = buyer_of(request), clock.now()
    by_country: dict[str, list[LeaseQuote]] = {}
    for quote in lease_quotes(currency=buyer.currency, customer_country=buyer.country, now=now):
        by_country.setdefault(quote.country, []).append(quote)
    known = places.cities()
    cards = [
        CountryCard(
            code=code,
            name=country_name(code),
            kinds=tuple(quotes),
            cities=tuple(row for row in known if row.country == code),
        )
        for code, quotes in by_country.items()
    ]
    cards.sort(key=lambda card: card.name)
    context = {"cards": cards, **_head(reverse("site:numbers")), **_prices(request, buyer)}
    return render(request, "site/numbers.html", context)


@require_safe
@public
def country(
    request: HttpRequest, country: str, city: str | None = None, language: str | None = None
) -> HttpResponse:
    """Show a country, or one of its cities: kinds, prices, and the numbers that are free."""
    _speak(language)
    buyer, now, code = buyer_of(request), clock.now(), country.upper()
    if country != country.lower():
        raise Http404
    catalogue.country(code)
    here = None if city is None else places.city(code, code=city)
    quotes = {
        quote.kind: quote
        for quote in lease_quotes(
            currency=buyer.currency, customer_country=buyer.country, country=code, now=now
        )
    }
    if not quotes:
        raise Http404
    wanted = _wanted(request, quotes, here)
    numbers, after, refused = _found(request, code, wanted)
    path = (
        reverse("site:numbers-country", args=[country])
        if here is None
        else reverse("site:numbers-city", args=[country, here.code])
    )
    kinds = _kinds(code, here, quotes)
    context = {
        "code": code,
        "slug": country,
        "name": country_name(code),
        "city": here,
        "city_name": None if here is None else here.name(get_language() or "en"),
        "kinds": kinds,
        "cities": _cities(code) if here is None else [],
        "wanted": wanted,
        "results": [(number, quotes.get(number.kind)) for number in numbers],
        "after": after,
        "refused": refused,
        "searched": bool(request.GET),
        "city_names": {row.code: row.name(get_language() or "en") for row in places.cities(code)},
        **_head(path),
        **_prices(request, buyer),
    }
    context["structured"] = _structured(request, context)
    page = "_number_results" if request.headers.get("HX-Request") else "numbers_country"
    return render(request, f"site/{page}.html", context, status=400 if refused else 200)


def without_tax(request: HttpRequest, buyer: Buyer) -> bool:
    """Tell whether a company wishes to see prices without tax."""
    return buyer.kind == "company" and request.GET.get("tax") == "without"


def _speak(language: str | None) -> None:
    """Show a page whose address names its language in that language, whoever asks."""
    if language is not None:
        translation.activate(language)


def _head(path: str) -> dict[str, object]:
    links: list[Alternate] = alternates(path)
    own = next(link for link in links if link.language == (get_language() or "en"))
    return {"alternates": links, "canonical": own.url}


def _prices(request: HttpRequest, buyer: Buyer) -> dict[str, object]:
    return {
        "company": buyer.kind == "company",
        "net": without_tax(request, buyer),
        "currency": buyer.currency,
    }


def _wanted(request: HttpRequest, quotes: dict[str, LeaseQuote], here: CityRow | None) -> Wanted:
    get = request.GET
    kind, where = get.get("kind", ""), get.get("where", "anywhere")
    return Wanted(
        kind=kind if kind in quotes else "",
        city=here.code if here is not None else get.get("city", "")[:40],
        digits=get.get("digits", "").strip()[:PATTERN_MAX],
        where=where if where in WHERE else "anywhere",
        sms=get.get("sms") == "yes",
        voice=get.get("voice") == "yes",
    )


def _found(
    request: HttpRequest, country: str, wanted: Wanted
) -> tuple[Sequence[FreeNumber], str | None, str]:
    """Return a page of numbers, where the next one begins, and why there is none."""
    pattern = wanted.pattern
    if wanted.digits and wanted.where == "begins" and not wanted.digits.startswith("+"):
        pattern = calling_code(country) + wanted.digits.lstrip("0")
    try:
        found = leases.search(
            country=country,
            kind=wanted.kind or None,
            city=wanted.city or None,
            pattern=pattern,
            sms=True if wanted.sms else None,
            voice=True if wanted.voice else None,
            after=request.GET.get("after"),
            limit=RESULTS,
            now=clock.now(),
        )
    except Refusal as refusal:
        return [], None, sentence(refusal)
    return found.numbers, found.after, ""


def calling_code(country: str) -> str:
    """Return how numbers of a country begin: +47."""
    return f"+{phones.calling_code(country)}"


def _kinds(code: str, here: CityRow | None, quotes: dict[str, LeaseQuote]) -> list[KindLine]:
    """Return the kinds with their stock: of a city, or of all of a country's cities and none."""
    wanted = [here.code] if here is not None else ["", *(row.code for row in places.cities(code))]
    rows = leases.stock(
        places=[(code, kind, city) for kind in quotes for city in wanted], now=clock.now()
    )
    free = {kind: sum(row.free for row in rows if row.kind == kind) for kind in quotes}
    return [
        KindLine(kind, quote, lease_terms(country=code, kind=kind), free[kind])
        for kind, quote in quotes.items()
        if here is None or free[kind]
    ]


def _cities(code: str) -> list[CityLine]:
    language = get_language() or "en"
    known = places.cities(code)
    rows: list[Stock] = leases.stock(
        places=[(code, "local", row.code) for row in known], now=clock.now()
    )
    lines = [
        CityLine(
            code=row.code,
            name=row.name(language),
            region=row.region_name,
            free=stock.free,
            more=stock.free >= leases.COUNTED_MAX,
        )
        for row, stock in zip(known, rows, strict=True)
    ]
    return sorted(lines, key=lambda line: line.name)


def _structured(request: HttpRequest, context: dict[str, object]) -> str:
    """Return prices and stock as search engines read them; they read what everybody pays."""
    del request
    place = context["city_name"] or context["name"]
    kinds = context["kinds"]
    assert isinstance(kinds, list)
    offers: list[tuple[str, Money, bool]] = [
        (kind_name(line.kind), line.quote.monthly.total, line.free > 0) for line in kinds
    ]
    return structured(
        gettext("Phone number from %(place)s") % {"place": place},
        url=str(context["canonical"]),
        offers=offers,
    )
