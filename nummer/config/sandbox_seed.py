"""Fills a new sandbox: services on, numbers for all of them, numbers for rent."""

from __future__ import annotations

from datetime import datetime
from itertools import groupby
from typing import Final

from django.db import transaction

from nummer.apps.catalogue import actions as catalogue_actions
from nummer.apps.catalogue import cities, partners, sms_pricing, sms_rates
from nummer.apps.catalogue import queries as catalogue
from nummer.apps.identity import queries as identity
from nummer.apps.identity.queries import Asked
from nummer.apps.identity.words import DocumentKind, Field
from nummer.apps.leases.actions import add_numbers_for_rent
from nummer.apps.leases.papers import ask_for_papers
from nummer.apps.numbers.actions import add_for_probes
from nummer.apps.numbers.importing import NumberLine, add_numbers
from nummer.apps.probes import queries as probes
from nummer.apps.probes.actions import add_plan
from nummer.apps.standing import actions as standing
from nummer.apps.standing.limits import OrderLimits
from nummer.kernel.money import Money
from nummer.kernel.phone import PhoneNumber
from nummer.suppliers.sandbox.didww.provider import CODE as WHOLESALER
from nummer.suppliers.sandbox.numbers import CODE as SUPPLIER
from nummer.suppliers.sandbox.rates import COST_CURRENCY, PARITIES, SandboxRate, sandbox_rates
from nummer.suppliers.sandbox.stock import (
    FIRST_CARRIER,
    PARTNER_CARRIER,
    SECOND_CARRIER,
    SandboxNumber,
    numbers_for_rent,
    partner_numbers,
    probe_numbers,
    sandbox_numbers,
)

# A sandbox is there to be tried and loaded; the limits of real customers would only be in the way.
WIDE: Final = OrderLimits(
    orders_per_minute=10_000, open_max=10_000, share_percent_min=0, share_after=100
)
PAPERS: Final = Asked(
    (Field.FIRST_NAME, Field.LAST_NAME, Field.STREET, Field.POSTCODE, Field.CITY, Field.COUNTRY),
    (DocumentKind.IDENTITY, DocumentKind.ADDRESS),
)
_ACTOR: Final = "system:sandbox"
_THROUGHPUT_PER_S: Final = 1_000
_CARRIER_NAMES: Final = {
    FIRST_CARRIER: "Sandbox",
    SECOND_CARRIER: "Sandbox 2",
    PARTNER_CARRIER: "Sandbox SIM cards",
}


def seed(now: datetime) -> None:
    """Offer everything, once; what somebody switched off in the sandbox later stays off."""
    with transaction.atomic():
        if not catalogue.services():
            _switch_all_on(now)
            standing.set_limits(None, limits=WIDE, actor=_ACTOR, now=now)
        if not sms_rates.rate_stamp():
            _price_sms(now)
        rows = [*sandbox_numbers(), *partner_numbers()]
        catalogue_actions.add_carriers(
            {(row.country, row.carrier, _CARRIER_NAMES[row.carrier]) for row in rows}
        )
        if PARTNER_CARRIER not in {known.carrier for known in partners.partners()}:
            partners.add_partner(PARTNER_CARRIER, loopback=True, actor=_ACTOR, now=now)
        add_numbers((_line(row) for row in rows), now=now)
        _offer_for_rent(now)
        _ask_for_papers(now)
        _probe_a_route(now)


def _probe_a_route(now: datetime) -> None:
    """Probe the first carrier's route, once; what somebody paused in the sandbox stays paused."""
    first, *others = probe_numbers()
    for row in (first, *others):
        add_for_probes(_line(row), now=now)
    if not probes.plans(now=now, limit=1):
        add_plan(carrier=FIRST_CARRIER, number=PhoneNumber(first.e164), actor=_ACTOR, now=now)


def _offer_for_rent(now: datetime) -> None:
    """Put the numbers for rent of each city into the stock, those of one city together."""
    for city, rows in groupby(numbers_for_rent(), key=lambda row: row[0]):
        lines = [_line(number) for _, number in rows]
        add_numbers_for_rent(
            lines,
            supplier=SUPPLIER,
            city=cities.city(lines[0].country, code=city) if city else None,
            now=now,
        )


def _ask_for_papers(now: datetime) -> None:
    """Let some numbers need papers, once: of the sandbox's own stock, and of its wholesaler."""
    if identity.rules():
        return
    ask_for_papers(country="GB", kind="national", wanted=PAPERS, actor=_ACTOR, now=now)
    ask_for_papers(
        country="DE", kind="local", wanted=PAPERS, supplier=WHOLESALER, actor=_ACTOR, now=now
    )


def _line(row: SandboxNumber) -> NumberLine:
    return NumberLine(
        PhoneNumber(row.e164),
        country=row.country,
        carrier=row.carrier,
        kind=row.kind,
        sms=row.sms,
        voice=row.voice,
    )


def _switch_all_on(now: datetime) -> None:
    for service in catalogue.services(enabled_only=False):
        catalogue_actions.switch_service(service.code, enabled=True, actor=_ACTOR, now=now)


def _price_sms(now: datetime) -> None:
    """Let both carriers take SMS to everywhere, at costs, and sell them above these."""
    for currency, euro in PARITIES.items():
        sms_pricing.set_parity(
            currency=currency,
            euro=Money.parse(euro, "EUR"),
            from_at=now,
            actor=_ACTOR,
            now=now,
        )
    rates = list(sandbox_rates())
    for place, carrier in enumerate((FIRST_CARRIER, SECOND_CARRIER)):
        sms_pricing.add_costs(
            [_cost_line(rate, rate.costs[place]) for rate in rates],
            carrier=carrier,
            from_at=now,
            actor=_ACTOR,
            now=now,
        )
        sms_pricing.set_route(
            carrier=carrier,
            supplier=carrier,
            prefix="",
            enabled=True,
            priority=10 * (place + 1),
            throughput_per_s=_THROUGHPUT_PER_S,
            actor=_ACTOR,
            now=now,
        )
    sms_pricing.add_rates(
        [line for rate in rates for line in _rate_lines(rate)], from_at=now, actor=_ACTOR, now=now
    )


def _cost_line(rate: SandboxRate, cost: Money) -> sms_pricing.CostLine:
    name = catalogue.country_name(rate.region, language="en")
    return sms_pricing.CostLine(rate.prefix, name, cost, COST_CURRENCY)


def _rate_lines(rate: SandboxRate) -> list[sms_pricing.RateLine]:
    return [
        sms_pricing.RateLine(rate.prefix, local=local, net=net, currency=net.currency)
        for local, sums in ((False, rate.sold), (True, rate.sold_local))
        for net in sums
    ]
