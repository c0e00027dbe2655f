"""Sets what talk costs customers and us, and which carriers take it in which order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from nummer.apps.audit import actions as audit
from nummer.apps.catalogue import queries
from nummer.apps.catalogue.checking import (
    one_begins_at_a_moment,
    require_code,
    require_future,
    require_prefix,
)
from nummer.apps.catalogue.errors import PriceNotPayable, RouteRefused
from nummer.apps.catalogue.models import CallCost, CallRate, CallRoute
from nummer.kernel.ids import new_id
from nummer.kernel.money import known_currencies
from nummer.policy.calls import Terms

PRIORITY_MAX: Final = 999
_BATCH: Final = 5_000


@dataclass(frozen=True, slots=True)
class CallRateLine:
    """What talk to a prefix costs the customer, without tax; no terms end the prefix."""

    currency: str
    local: bool
    prefix: str
    terms: Terms | None


@dataclass(frozen=True, slots=True)
class CallCostLine:
    """What talk to a prefix costs us; no terms end the prefix."""

    prefix: str
    destination: str
    currency: str
    terms: Terms | None


def add_call_rates(
    lines: Sequence[CallRateLine], *, from_at: datetime, actor: str, now: datetime
) -> None:
    """Let rates hold from a moment on, all or none.

    Refuses: PrefixRefused, PriceNotPayable, PriceInThePast, PriceTaken.
    """
    sold_in = queries.currencies()
    for line in lines:
        require_prefix(line.prefix)
        if line.currency not in sold_in:
            raise PriceNotPayable
    require_future(from_at, now=now)
    rows = [_rate(line, from_at) for line in lines]
    with transaction.atomic(), one_begins_at_a_moment():
        CallRate.objects.bulk_create(rows, batch_size=_BATCH)
        _record("catalogue_callrate", rows[0].id, "call_rates_set", actor=actor, now=now)


def add_call_costs(
    lines: Sequence[CallCostLine], *, carrier: str, from_at: datetime, actor: str, now: datetime
) -> None:
    """Let a carrier's costs hold from a moment on, all or none.

    Refuses: CarrierCodeRefused, PrefixRefused, PriceNotPayable, PriceInThePast, PriceTaken.
    """
    require_code(carrier)
    for line in lines:
        require_prefix(line.prefix)
        if line.currency not in known_currencies():
            raise PriceNotPayable
    require_future(from_at, now=now)
    rows = [_cost(line, carrier, from_at) for line in lines]
    with transaction.atomic(), one_begins_at_a_moment():
        CallCost.objects.bulk_create(rows, batch_size=_BATCH)
        _record("catalogue_callcost", rows[0].id, "call_costs_set", actor=actor, now=now)


def set_call_route(
    *,
    carrier: str,
    supplier: str,
    prefix: str,
    enabled: bool,
    priority: int,
    actor: str,
    now: datetime,
) -> None:
    """Say whether and when a carrier takes calls to a prefix, in the place of an earlier word.

    Refuses: CarrierCodeRefused, PrefixRefused, RouteRefused.
    """
    require_code(carrier)
    require_code(supplier)
    require_prefix(prefix)
    if not 0 <= priority <= PRIORITY_MAX:
        raise RouteRefused
    said = {"supplier": supplier, "enabled": enabled, "priority": priority}
    with transaction.atomic():
        row, _ = CallRoute.objects.update_or_create(
            carrier=carrier,
            prefix=prefix,
            defaults=said,
            create_defaults={"id": new_id(), **said},
        )
        _record("catalogue_callroute", row.id, "call_route_set", actor=actor, now=now)


def _rate(line: CallRateLine, from_at: datetime) -> CallRate:
    terms = line.terms or Terms(0, 0)
    return CallRate(
        id=new_id(),
        currency=line.currency,
        local=line.local,
        prefix=line.prefix,
        setup_net_micro=terms.setup_micro,
        minute_net_micro=None if line.terms is None else terms.minute_micro,
        minimum_s=terms.minimum_s,
        step_s=terms.step_s,
        free_s=terms.free_s,
        from_at=from_at,
    )


def _cost(line: CallCostLine, carrier: str, from_at: datetime) -> CallCost:
    terms = line.terms or Terms(0, 0)
    return CallCost(
        id=new_id(),
        carrier=carrier,
        prefix=line.prefix,
        destination=line.destination,
        currency=line.currency,
        setup_micro=terms.setup_micro,
        minute_micro=None if line.terms is None else terms.minute_micro,
        minimum_s=terms.minimum_s,
        step_s=terms.step_s,
        from_at=from_at,
    )


_FIELDS: Final = {
    "call_rates_set": ("minute_net_micro", "setup_net_micro", "from_at"),
    "call_costs_set": ("minute_micro", "setup_micro", "from_at"),
    "call_route_set": ("supplier", "enabled", "priority"),
}


def _record(place: str, row: UUID, verb: str, *, actor: str, now: datetime) -> None:
    audit.record(actor=actor, verb=verb, place=place, row=str(row), fields=_FIELDS[verb], now=now)
