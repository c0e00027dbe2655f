"""What numbers cost that are rented by the month: their own list, under the same rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from nummer.apps.audit import actions as audit
from nummer.apps.catalogue import queries
from nummer.apps.catalogue.errors import NoPrice, PriceInThePast, PriceNotPayable, PriceTaken
from nummer.apps.catalogue.models import LeasePrice
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
