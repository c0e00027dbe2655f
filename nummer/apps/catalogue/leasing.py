"""What numbers cost that are rented by the month: their own list, under the same rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from nummer.apps.audit import actions as audit
from nummer.apps.catalogue import files, queries
from nummer.apps.catalogue.errors import NoPrice, PriceInThePast, PriceNotPayable, PriceTaken
from nummer.apps.catalogue.models import LeasePrice, LeaseTerms
from nummer.kernel.ids import new_id
from nummer.kernel.money import MICRO, Money, minor_digits

_BP: Final = 10_000  # basis points of a whole


@dataclass(frozen=True, slots=True)
class Sum:
    """A price with its tax: `total` is `net` plus `tax`, to the micro."""

    net: Money
    tax: Money

    @property
    def total(self) -> Money:
        """Return what the customer pays."""
        return self.net + self.tax


@dataclass(frozen=True, slots=True)
class LeaseQuote:
    """What a customer pays for a rented number: each month, and once with the first."""

    price_id: UUID
    country: str
    kind: str
    monthly: Sum
    setup: Sum
    tax_rate_bp: int

    @property
    def first(self) -> Money:
        """Return what is paid with the order."""
        return self.monthly.total + self.setup.total


@dataclass(frozen=True, slots=True)
class TermsRow:
    """Within how many hours a number works, 0 for at once, and which papers are needed first."""

    delivery_h: int
    papers: tuple[str, ...]


def set_lease_price(
    *,
    country: str,
    kind: str,
    monthly: Money | None,
    setup: Money,
    from_at: datetime,
    actor: str,
    now: datetime,
) -> None:
    """Let a price without tax hold from a moment on; None ends the offer then.

    Leases that run keep the price that was agreed. Refuses: UnknownCountry, PriceNotPayable,
    PriceInThePast, PriceTaken.
    """
    queries.country(country)
    _require_payable(monthly, setup)
    if from_at < now:
        raise PriceInThePast
    row = LeasePrice(
        id=new_id(),
        country_id=country,
        kind=kind,
        currency=setup.currency,
        monthly_net_micro=None if monthly is None else monthly.micro,
        setup_net_micro=setup.micro,
        from_at=from_at,
    )
    with transaction.atomic():
        _insert(row)
        audit.record(
            actor=actor,
            verb="lease_price_set",
            place="catalogue_leaseprice",
            row=str(row.id),
            fields=["monthly_net_micro", "setup_net_micro", "from_at"],
            now=now,
        )


def lease_quote(
    *, country: str, kind: str, currency: str, customer_country: str, now: datetime
) -> LeaseQuote:
    """Return the price that holds at `now`, with the tax of the customer's country.

    Refuses: UnknownCountry, NoPrice.
    """
    queries.country(country)
    row = (
        LeasePrice.objects.filter(
            country_id=country, kind=kind, currency=currency, from_at__lte=now
        )
        .order_by("-from_at")
        .first()
    )
    if row is None or row.monthly_net_micro is None:
        raise NoPrice(service=kind, country=country, currency=currency)
    rate_bp = tax_rate_bp(customer_country, now=now)
    return LeaseQuote(
        price_id=row.id,
        country=country,
        kind=kind,
        monthly=taxed(Money(row.monthly_net_micro, currency), rate_bp=rate_bp),
        setup=taxed(Money(row.setup_net_micro, currency), rate_bp=rate_bp),
        tax_rate_bp=rate_bp,
    )


def lease_quotes(
    *, currency: str, customer_country: str, now: datetime, country: str | None = None
) -> list[LeaseQuote]:
    """Return every price that holds at `now`, of a country or of all, by country and kind."""
    rate_bp = tax_rate_bp(customer_country, now=now)
    with connection.cursor() as cursor:
        cursor.execute(_PRICES, {"currency": currency, "now": now, "country": country})
        rows = cursor.fetchall()
    return [
        LeaseQuote(
            price_id=price_id,
            country=code,
            kind=kind,
            monthly=taxed(Money(monthly, currency), rate_bp=rate_bp),
            setup=taxed(Money(setup, currency), rate_bp=rate_bp),
            tax_rate_bp=rate_bp,
        )
        for price_id, code, kind, monthly, setup in rows
    ]


def lease_terms(*, country: str, kind: str) -> TermsRow:
    """Return what holds for the numbers of a country and kind; without any, they come at once."""
    row = LeaseTerms.objects.filter(country_id=country, kind=kind).first()
    if row is None:
        return TermsRow(delivery_h=0, papers=())
    return TermsRow(delivery_h=row.delivery_h, papers=tuple(row.papers))


def set_lease_terms(
    *,
    country: str,
    kind: str,
    delivery_h: int,
    papers: Sequence[str],
    actor: str,
    now: datetime,
) -> None:
    """Say within how many hours a number works, and which papers are needed first.

    Orders that were placed keep what was said to them. Refuses: UnknownCountry.
    """
    queries.country(country)
    with transaction.atomic():
        row, _ = LeaseTerms.objects.update_or_create(
            country_id=country,
            kind=kind,
            defaults={"delivery_h": delivery_h, "papers": list(papers)},
        )
        audit.record(
            actor=actor,
            verb="lease_terms_set",
            place="catalogue_leaseterms",
            row=str(row.pk),
            fields=["delivery_h", "papers"],
            now=now,
        )


def install() -> None:
    """Give the shipped price and terms to what never had any."""
    priced = set(LeasePrice.objects.values_list("country_id", "kind", "currency"))
    LeasePrice.objects.bulk_create(
        LeasePrice(
            id=new_id(),
            country_id=entry.country,
            kind=entry.kind,
            currency=month.currency,
            monthly_net_micro=month.micro,
            setup_net_micro=setup.micro,
            from_at=entry.from_at,
        )
        for entry in files.listed_rentals()
        for month, setup in zip(entry.months, entry.setups, strict=True)
        if (entry.country, entry.kind, month.currency) not in priced
    )
    LeaseTerms.objects.bulk_create(
        [
            LeaseTerms(
                country_id=entry.country,
                kind=entry.kind,
                delivery_h=entry.delivery_h,
                papers=list(entry.papers),
            )
            for entry in files.listed_rentals()
        ],
        ignore_conflicts=True,
    )


_PRICES: Final = """
SELECT id, country_id, kind, monthly_net_micro, setup_net_micro FROM (
  SELECT DISTINCT ON (country_id, kind) id, country_id, kind, monthly_net_micro, setup_net_micro
    FROM catalogue_leaseprice
   WHERE currency = %(currency)s AND from_at <= %(now)s
     AND (%(country)s::text IS NULL OR country_id = %(country)s)
   ORDER BY country_id, kind, from_at DESC) AS latest
 WHERE monthly_net_micro IS NOT NULL
 ORDER BY country_id, kind
"""


def list_prices(*, now: datetime) -> dict[tuple[str, str], list[Money]]:
    """Return what a month costs without tax at `now`, by country and kind, in each currency."""
    found: dict[tuple[str, str], list[Money]] = {}
    for currency in queries.currencies():
        for quote in lease_quotes(currency=currency, customer_country="", now=now):
            found.setdefault((quote.country, quote.kind), []).append(quote.monthly.net)
    return found


def tax_rate_bp(customer_country: str, *, now: datetime) -> int:
    """Return what customers of a country pay on top at `now`, in hundredths of a per cent.

    The same row decides as for one-time numbers: the latest that began on the day in UTC.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rate_bp FROM catalogue_taxrate WHERE country_id = %s"
            " AND from_on <= (%s::timestamptz AT TIME ZONE 'UTC')::date"
            " ORDER BY from_on DESC LIMIT 1",
            [customer_country, now],
        )
        row = cursor.fetchone()
    return 0 if row is None else int(row[0])


def taxed(net: Money, *, rate_bp: int) -> Sum:
    """Return a price with its tax, rounded up to the minor unit as everywhere (ADR 41)."""
    return Sum(net, net.share_up(rate_bp, _BP))


def _require_payable(monthly: Money | None, setup: Money) -> None:
    if setup.currency not in queries.currencies():
        raise PriceNotPayable
    minor = MICRO // 10 ** minor_digits(setup.currency)
    if setup.micro < 0 or setup.micro % minor:
        raise PriceNotPayable
    if monthly is None:
        return
    assert monthly.currency == setup.currency, "a price is in one currency"
    if monthly.micro <= 0 or monthly.micro % minor:
        raise PriceNotPayable


def _insert(row: LeasePrice) -> None:
    """Refuses: PriceTaken."""
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        raise PriceTaken from None
