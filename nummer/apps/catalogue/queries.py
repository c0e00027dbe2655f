"""Reads of the catalogue."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from babel import Locale
from django.db import connection

from nummer.apps.catalogue import files
from nummer.apps.catalogue.errors import NoPrice, ServiceOff, UnknownCountry, UnknownService
from nummer.apps.catalogue.models import Carrier, Country, Notice, NoticeKind, Price, Service
from nummer.kernel.money import Money
from nummer.kernel.remembered import Remembered
from nummer.protocols.codes import Patterns, ServicePattern

_BP: Final = 10_000  # basis points of a whole
_CODE: Final = re.compile(r"[a-z0-9]{1,8}")
_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_COUNTRIES_MAX: Final = 1_000
_CURRENCIES: Final = ("EUR", "GBP", "NOK", "USD")


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """A service as customers choose it."""

    code: str
    name: str
    enabled: bool
    window_s: int
    version: int


@dataclass(frozen=True, slots=True)
class CountryRow:
    """A country whose numbers may be offered, or whose people may be customers."""

    code: str
    activate_id: int | None

    def name(self, language: str) -> str:
        """Return its name in any language that Unicode's tables know, or its code."""
        return country_name(self.code, language=language)


@dataclass(frozen=True, slots=True)
class CarrierRow:
    """A carrier of a country."""

    code: str
    country: str
    name: str


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A text beside the order button, as an order keeps it: code and version name its words."""

    code: str
    version: int
    kind: NoticeKind
    text: str


@dataclass(frozen=True, slots=True)
class Quote:
    """What a customer pays for one number now: `total` is `net` plus `tax`, to the micro."""

    price_id: UUID
    service: str
    country: str
    net: Money
    tax: Money
    total: Money
    tax_rate_bp: int

    def __post_init__(self) -> None:
        assert self.net + self.tax == self.total, "a total is its parts"


@dataclass(frozen=True, slots=True)
class Offer:
    """A price, and how long the number is held for it."""

    quote: Quote
    window_s: int


@dataclass(frozen=True, slots=True)
class PlannedPrice:
    """A price without tax that begins later; without a sum the offer ends then."""

    service: str
    country: str
    net: Money | None
    from_at: datetime


def services(*, enabled_only: bool = True) -> list[ServiceRow]:
    """Return the services by name."""
    rows = Service.objects.filter(enabled=True) if enabled_only else Service.objects.all()
    return [_service(row) for row in rows.order_by("name", "code")]


def service(code: str) -> ServiceRow:
    """Return one service, switched on or not. Refuses: UnknownService."""
    _require_code_form(code)
    try:
        return _service(Service.objects.get(code=code))
    except Service.DoesNotExist:
        raise UnknownService from None


def countries() -> list[CountryRow]:
    """Return all countries by code."""
    return [_country(row) for row in Country.objects.order_by("code")]


def country(code: str) -> CountryRow:
    """Return one country by its ISO code. Refuses: UnknownCountry."""
    _require_country_form(code)
    try:
        return _country(Country.objects.get(code=code))
    except Country.DoesNotExist:
        raise UnknownCountry from None


def country_by_activate_id(activate_id: int) -> CountryRow:
    """Return one country by a number of the sms-activate family. Refuses: UnknownCountry.

    The numbers ship with the program, so a process asks once for each.
    """
    return _BY_ACTIVATE_ID.or_read(
        activate_id, lambda: _country_by_activate_id(activate_id), fresh=False
    )


def _country_by_activate_id(activate_id: int) -> CountryRow:
    other = files.also_known_as().get(activate_id)
    if other is not None:
        return country(other)
    try:
        return _country(Country.objects.get(activate_id=activate_id))
    except (Country.DoesNotExist, OverflowError):
        raise UnknownCountry from None


def country_name(code: str, *, language: str) -> str:
    """Return a country's name in `language`, or its code where Unicode's tables have none."""
    return str(Locale.parse(language).territories.get(code, code))


def carriers(country: str | None = None) -> list[CarrierRow]:
    """Return the carriers by country and name."""
    rows = Carrier.objects.all() if country is None else Carrier.objects.filter(country_id=country)
    return [
        CarrierRow(code=row.code, country=row.country_id, name=row.name)
        for row in rows.order_by("country_id", "name", "code")
    ]


def currencies() -> Sequence[str]:
    """Return the currencies that price lists are kept in."""
    return _CURRENCIES


def quote(
    *,
    service: str,
    country: str,
    currency: str,
    customer_country: str,
    customer_kind: str,
    now: datetime,
) -> Quote:
    """Return the price that holds at `now`, with the tax of the customer's country.

    Companies pay the same tax until a number of theirs is verified (ADR 41).
    Refuses: UnknownService, ServiceOff, UnknownCountry, NoPrice.
    """
    return offer(
        service=service,
        country=country,
        currency=currency,
        customer_country=customer_country,
        customer_kind=customer_kind,
        now=now,
    ).quote


def offer(
    *,
    service: str,
    country: str,
    currency: str,
    customer_country: str,
    customer_kind: str,
    now: datetime,
) -> Offer:
    """Return the price as `quote` does, and the window that it buys; refuses what `quote` does."""
    assert customer_kind in {"person", "company"}, "a customer is a person or a company"
    _require_code_form(service)
    _require_country_form(country)
    with connection.cursor() as cursor:
        cursor.execute(_OFFER, [service, country, currency, customer_country, now])
        enabled, window_s, known_country, price_id, net_micro, rate_bp = cursor.fetchone()
    if enabled is None:
        raise UnknownService
    if known_country is None:
        raise UnknownCountry
    if not enabled:
        raise ServiceOff(service=service)
    if net_micro is None:
        raise NoPrice(service=service, country=country, currency=currency)
    net = Money(net_micro, currency)
    return Offer(
        _quote(price_id, service=service, country=country, net=net, rate_bp=rate_bp), window_s
    )


def prices(
    currency: str,
    *,
    now: datetime,
    customer_country: str | None = None,
    service: str | None = None,
    country: str | None = None,
) -> list[Quote]:
    """Return what the enabled services cost, by country and service.

    Without `customer_country` there is no tax in it. At most one row for each service in each
    country.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _PRICES,
            {
                "currency": currency,
                "now": now,
                "on": now.date(),
                "customer_country": customer_country,
                "service": service,
                "country": country,
            },
        )
        rows = cursor.fetchall()
    return [
        _quote(price_id, service=code, country=of, net=Money(net_micro, currency), rate_bp=rate_bp)
        for price_id, code, of, net_micro, rate_bp in rows
    ]


def planned_prices(
    currency: str, *, now: datetime, service: str | None = None, limit: int = 200
) -> list[PlannedPrice]:
    """Return the prices that begin after `now`, the next one first."""
    rows = Price.objects.filter(currency=currency, from_at__gt=now)
    if service is not None:
        rows = rows.filter(service_id=service)
    return [
        PlannedPrice(
            service=row.service_id,
            country=row.country_id,
            net=None if row.net_micro is None else Money(row.net_micro, currency),
            from_at=row.from_at,
        )
        for row in rows.order_by("from_at", "country_id", "service_id")[:limit]
    ]


def notices(service: str, *, kind: NoticeKind, language: str) -> list[NoticeRow]:
    """Return a service's notices of one kind in their order, in their latest words.

    `language` is one of ours. Refuses: UnknownService.
    """
    codes = _notice_codes(service, kind)
    rows = (
        Notice.objects.filter(code__in=codes, kind=kind, language=language)
        .order_by("code", "-version")
        .distinct("code")
    )
    latest = {
        row.code: NoticeRow(row.code, row.version, NoticeKind(row.kind), row.text) for row in rows
    }
    return [latest[code] for code in codes if code in latest]


def notices_stamp() -> int:
    """Return a number that changes whenever a notice gets new words."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT stamp FROM catalogue_notices_stamp()")
        return int(cursor.fetchone()[0])


def restrictions(service: str, *, language: str) -> list[str]:
    """Return what the customer must keep to. Refuses: UnknownService."""
    return [row.text for row in notices(service, kind=NoticeKind.RESTRICTION, language=language)]


def responsibilities(service: str, *, language: str) -> list[str]:
    """Return what is and what is not our responsibility. Refuses: UnknownService."""
    return [row.text for row in notices(service, kind=NoticeKind.RESPONSIBILITY, language=language)]


def helps(service: str, *, language: str) -> list[str]:
    """Return what to do when something goes wrong. Refuses: UnknownService."""
    return [row.text for row in notices(service, kind=NoticeKind.HELP, language=language)]


def patterns() -> Patterns:
    """Return how every service writes, switched on or not."""
    return files.patterns()


def pattern(service: str) -> ServicePattern | None:
    """Return how one service writes."""
    known: Mapping[str, ServicePattern] = files.patterns()
    return known.get(service)


def _require_code_form(code: str) -> None:
    """Keep what cannot be a code away from the database, which takes no NUL byte."""
    if not _CODE.fullmatch(code):
        raise UnknownService


def _require_country_form(code: str) -> None:
    if not _COUNTRY.fullmatch(code):
        raise UnknownCountry


_BY_ACTIVATE_ID: Final[Remembered[CountryRow]] = Remembered(_COUNTRIES_MAX)
_OFFER: Final = """
SELECT enabled, window_s, known_country, price_id, net_micro, rate_bp
  FROM catalogue_offer(%s, %s, %s, %s, %s)
"""
_PRICES: Final = """
SELECT p.id, p.service_id, p.country_id, p.net_micro, coalesce(t.rate_bp, 0)
  FROM (SELECT DISTINCT ON (service_id, country_id) id, service_id, country_id, net_micro
          FROM catalogue_price
         WHERE currency = %(currency)s AND from_at <= %(now)s
           AND (%(service)s::text IS NULL OR service_id = %(service)s)
           AND (%(country)s::text IS NULL OR country_id = %(country)s)
         ORDER BY service_id, country_id, from_at DESC) p
  JOIN catalogue_service s ON s.code = p.service_id AND s.enabled
  LEFT JOIN LATERAL (
    SELECT rate_bp FROM catalogue_taxrate
     WHERE country_id = %(customer_country)s AND from_on <= %(on)s
     ORDER BY from_on DESC LIMIT 1) t ON true
 WHERE p.net_micro IS NOT NULL
 ORDER BY p.country_id, p.service_id
"""


def _quote(price_id: UUID, *, service: str, country: str, net: Money, rate_bp: int) -> Quote:
    tax = net.share_up(rate_bp, _BP)
    return Quote(
        price_id=price_id,
        service=service,
        country=country,
        net=net,
        tax=tax,
        total=net + tax,
        tax_rate_bp=rate_bp,
    )


def _notice_codes(service: str, kind: NoticeKind) -> tuple[str, ...]:
    listed = {entry.code: entry for entry in files.listed_services()}.get(service)
    if listed is None:
        raise UnknownService
    own = listed.restrictions if kind is NoticeKind.RESTRICTION else ()
    return (*files.notices_of_all(kind), *own)


def _service(row: Service) -> ServiceRow:
    return ServiceRow(
        code=row.code,
        name=row.name,
        enabled=row.enabled,
        window_s=row.window_s,
        version=row.version,
    )


def _country(row: Country) -> CountryRow:
    return CountryRow(code=row.code, activate_id=row.activate_id)
