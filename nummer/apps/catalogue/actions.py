"""The verbs of the catalogue."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from django.db import IntegrityError, connection, transaction

from nummer.apps.audit import actions as audit
from nummer.apps.catalogue import cities, files, leasing, queries
from nummer.apps.catalogue.errors import (
    NoticeChanged,
    PriceInThePast,
    PriceNotPayable,
    PriceTaken,
)
from nummer.apps.catalogue.models import Carrier, Country, Notice, Price, Service, TaxRate
from nummer.kernel.ids import new_id
from nummer.kernel.money import MICRO, Money, minor_digits


def install_services(now: datetime) -> None:
    """Write the shipped lists into the tables; repeating it changes nothing.

    New services come switched off. What staff decided since stays: what is on, the prices, the
    carriers. Refuses: NoticeChanged (nothing is written then).
    """
    with transaction.atomic():
        _install_countries()
        _install_services()
        _install_prices()
        cities.install()
        leasing.install()
        _install_notices(now)


def switch_service(code: str, *, enabled: bool, actor: str, now: datetime) -> None:
    """Offer a service or stop offering it; open orders go on.

    Its stock is made by `numbers.actions.stock_slots`. Refuses: UnknownService.
    Locks: the service.
    """
    queries.service(code)
    with transaction.atomic():
        row = Service.objects.select_for_update().get(code=code)
        if row.enabled == enabled:
            return
        row.enabled = enabled
        row.save(update_fields=["enabled"])
        audit.record(
            actor=actor,
            verb="service_on" if enabled else "service_off",
            place="catalogue_service",
            row=code,
            fields=["enabled"],
            now=now,
        )


def set_price(
    *,
    service: str,
    country: str,
    currency: str,
    net: Money | None,
    from_at: datetime,
    actor: str,
    now: datetime,
) -> None:
    """Let a price without tax hold from a moment on; None ends the offer then.

    Prices that began stay as they are. Refuses: UnknownService, UnknownCountry, PriceNotPayable,
    PriceInThePast, PriceTaken.
    """
    queries.service(service)
    queries.country(country)
    _require_payable(net, currency=currency)
    if from_at < now:
        raise PriceInThePast
    row = Price(
        id=new_id(),
        service_id=service,
        country_id=country,
        currency=currency,
        net_micro=None if net is None else net.micro,
        from_at=from_at,
    )
    with transaction.atomic():
        _insert(row)
        audit.record(
            actor=actor,
            verb="price_set",
            place="catalogue_price",
            row=str(row.id),
            fields=["net_micro", "from_at"],
            now=now,
        )


def add_carriers(rows: Iterable[tuple[str, str, str]]) -> None:
    """Write carriers as (country, code, name); those that exist keep their name."""
    Carrier.objects.bulk_create(
        [Carrier(country_id=country, code=code, name=name) for country, code, name in rows],
        ignore_conflicts=True,
    )


def _require_payable(net: Money | None, *, currency: str) -> None:
    """Refuses: PriceNotPayable."""
    if currency not in queries.currencies():
        raise PriceNotPayable
    if net is None:
        return
    assert net.currency == currency, "a list is kept in one currency"
    minor = MICRO // 10 ** minor_digits(currency)
    if net.micro <= 0 or net.micro % minor:
        raise PriceNotPayable


def _insert(row: Price) -> None:
    """Refuses: PriceTaken."""
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        raise PriceTaken from None


def _install_countries() -> None:
    listed = files.listed_countries()
    Country.objects.bulk_create(
        [Country(code=entry.code, activate_id=entry.activate_id) for entry in listed],
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["activate_id"],
    )
    TaxRate.objects.bulk_create(
        [
            TaxRate(country_id=entry.code, from_on=from_on, rate_bp=rate_bp)
            for entry in listed
            for from_on, rate_bp in entry.taxes
        ],
        ignore_conflicts=True,
    )


def _install_services() -> None:
    version = files.services_version()
    Service.objects.bulk_create(
        [
            Service(
                code=entry.code,
                name=entry.name,
                window_s=entry.window_s,
                version=version,
                enabled=False,
            )
            for entry in files.listed_services()
        ],
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["name", "window_s", "version"],
    )


_INSERT_PRICES: Final = """
INSERT INTO catalogue_price (id, service_id, country_id, currency, net_micro, from_at)
SELECT * FROM unnest(%(ids)s::uuid[], %(services)s::text[], %(countries)s::text[],
                     %(currencies)s::text[], %(sums)s::bigint[],
                     array_fill(%(from_at)s::timestamptz, ARRAY[%(count)s]))
ON CONFLICT DO NOTHING
"""


def _install_prices() -> None:
    """Give the shipped price to what never had one, in one call."""
    shipped = files.price_list()
    priced = set(Price.objects.values_list("service_id", "country_id", "currency"))
    fresh = [
        (entry.code, country, net)
        for entry in files.listed_services()
        for country in shipped.countries
        for net in shipped.sums[entry.price_class]
        if (entry.code, country, net.currency) not in priced
    ]
    if not fresh:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT_PRICES,
            {
                "ids": [new_id() for _ in fresh],
                "services": [service for service, _, _ in fresh],
                "countries": [country for _, country, _ in fresh],
                "currencies": [net.currency for _, _, net in fresh],
                "sums": [net.micro for _, _, net in fresh],
                "from_at": shipped.from_at,
                "count": len(fresh),
            },
        )


def _install_notices(now: datetime) -> None:
    """Publish new versions. Refuses: NoticeChanged."""
    published = {
        (row.code, row.version, row.language): row.text for row in Notice.objects.order_by("id")
    }
    fresh: list[Notice] = []
    for entry in files.listed_notices().values():
        for language, text in entry.texts.items():
            known = published.get((entry.code, entry.version, language))
            if known is not None and known != text:
                raise NoticeChanged(notice=entry.code)
            if known is None:
                fresh.append(
                    Notice(
                        code=entry.code,
                        version=entry.version,
                        language=language,
                        kind=entry.kind,
                        text=text,
                        from_at=now,
                    )
                )
    Notice.objects.bulk_create(fresh)
