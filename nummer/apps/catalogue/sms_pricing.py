"""Sets what SMS cost customers and us, by which carrier they go, and what currencies count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection, transaction

from nummer.apps.audit import actions as audit
from nummer.apps.catalogue import queries
from nummer.apps.catalogue.below_cost import Loss, RateLine, losses
from nummer.apps.catalogue.checking import (
    one_begins_at_a_moment,
    require_code,
    require_future,
    require_prefix,
    require_sum,
)
from nummer.apps.catalogue.errors import (
    PriceNotPayable,
    ReasonRefused,
    RouteRefused,
    SoldBelowCost,
)
from nummer.apps.catalogue.models import Parity, SmsCost, SmsQuality, SmsRate, SmsRoute
from nummer.kernel.ids import new_id
from nummer.kernel.money import Money, known_currencies

__all__ = (
    "CostLine",
    "RateLine",
    "add_costs",
    "add_rates",
    "changed",
    "forget_quality",
    "quality_measured_at",
    "require_reason_form",
    "set_parity",
    "set_quality",
    "set_route",
)

REASON_MIN: Final = 10
REASON_MAX: Final = 200
PRIORITY_MAX: Final = 999
THROUGHPUT_MAX: Final = 100_000
_BATCH: Final = 5_000
_FIELDS: Final[Mapping[str, Sequence[str]]] = {
    "catalogue_smsrate": ("net_micro", "from_at", "reason"),
    "catalogue_smscost": ("cost_micro", "from_at"),
    "catalogue_smsroute": ("supplier", "enabled", "priority", "throughput_per_s"),
    "catalogue_parity": ("euro_micro", "from_at"),
}


@dataclass(frozen=True, slots=True)
class CostLine:
    """What a part to a prefix costs us; None ends the prefix."""

    prefix: str
    destination: str
    cost: Money | None
    currency: str


def add_rates(
    lines: Sequence[RateLine], *, from_at: datetime, actor: str, now: datetime, reason: str = ""
) -> None:
    """Let rates hold from a moment on, all or none.

    With `reason` they may be below what every routed carrier takes; those that are keep it.
    Refuses: PrefixRefused, PriceNotPayable, PriceInThePast, PriceTaken, SoldBelowCost,
    ReasonRefused. Locks: the stamp, so that no cost changes meanwhile.
    """
    require_reason_form(reason)
    for line in lines:
        require_prefix(line.prefix)
        require_sum(line.net, currency=line.currency, least=1)
        if line.currency not in queries.currencies():
            raise PriceNotPayable
    require_future(from_at, now=now)
    with transaction.atomic():
        changed()
        below = losses(lines, at=from_at)
        if below and not reason:
            raise _refused(below[0])
        allowed = {(loss.line.currency, loss.line.local, loss.line.prefix) for loss in below}
        rows = [
            SmsRate(
                id=new_id(),
                currency=line.currency,
                local=line.local,
                prefix=line.prefix,
                net_micro=None if line.net is None else line.net.micro,
                from_at=from_at,
                reason=reason if (line.currency, line.local, line.prefix) in allowed else "",
            )
            for line in lines
        ]
        with one_begins_at_a_moment():
            SmsRate.objects.bulk_create(rows, batch_size=_BATCH)
        _record("catalogue_smsrate", rows[0].id, verb="sms_rates_set", actor=actor, now=now)


def _refused(loss: Loss) -> SoldBelowCost:
    return SoldBelowCost(prefix=f"+{loss.prefix}", price=str(loss.line.net), cost=str(loss.cost))


def add_costs(
    lines: Sequence[CostLine], *, carrier: str, from_at: datetime, actor: str, now: datetime
) -> None:
    """Let a carrier's costs hold from a moment on, all or none.

    Refuses: CarrierCodeRefused, PrefixRefused, PriceNotPayable, PriceInThePast, PriceTaken.
    """
    require_code(carrier)
    for line in lines:
        require_prefix(line.prefix)
        require_sum(line.cost, currency=line.currency, least=0)
    require_future(from_at, now=now)
    rows = [
        SmsCost(
            id=new_id(),
            carrier=carrier,
            prefix=line.prefix,
            destination=line.destination,
            currency=line.currency,
            cost_micro=None if line.cost is None else line.cost.micro,
            from_at=from_at,
        )
        for line in lines
    ]
    with transaction.atomic():
        changed()
        with one_begins_at_a_moment():
            SmsCost.objects.bulk_create(rows, batch_size=_BATCH)
        _record("catalogue_smscost", rows[0].id, verb="sms_costs_set", actor=actor, now=now)


def set_route(
    *,
    carrier: str,
    supplier: str,
    prefix: str,
    enabled: bool,
    priority: int,
    throughput_per_s: int,
    actor: str,
    now: datetime,
) -> None:
    """Say whether and how a carrier takes SMS to a prefix, in the place of an earlier word.

    Refuses: CarrierCodeRefused, PrefixRefused, RouteRefused.
    """
    require_code(carrier)
    require_code(supplier)
    require_prefix(prefix)
    if not (0 <= priority <= PRIORITY_MAX and 1 <= throughput_per_s <= THROUGHPUT_MAX):
        raise RouteRefused
    with transaction.atomic():
        changed()
        row, _ = SmsRoute.objects.update_or_create(
            carrier=carrier,
            prefix=prefix,
            defaults={
                "supplier": supplier,
                "enabled": enabled,
                "priority": priority,
                "throughput_per_s": throughput_per_s,
            },
            create_defaults={
                "id": new_id(),
                "supplier": supplier,
                "enabled": enabled,
                "priority": priority,
                "throughput_per_s": throughput_per_s,
            },
        )
        _record("catalogue_smsroute", row.id, verb="sms_route_set", actor=actor, now=now)


def set_parity(*, currency: str, euro: Money, from_at: datetime, actor: str, now: datetime) -> None:
    """Say what a unit of a currency counts from a moment on where sums are compared.

    Refuses: PriceNotPayable, PriceInThePast, PriceTaken.
    """
    assert euro.currency == "EUR", "everything is compared in euros"
    if currency == "EUR" or currency not in known_currencies() or euro.micro <= 0:
        raise PriceNotPayable
    require_future(from_at, now=now)
    row = Parity(id=new_id(), currency=currency, euro_micro=euro.micro, from_at=from_at)
    with transaction.atomic():
        changed()
        with one_begins_at_a_moment():
            row.save(force_insert=True)
        _record("catalogue_parity", row.id, verb="parity_set", actor=actor, now=now)


def set_quality(
    *, carrier: str, prefix: str, sent: int, delivered: int, delay_ms: int | None, now: datetime
) -> None:
    """Keep what was measured of a carrier's SMS to a prefix, in the place of what was before."""
    assert 0 <= delivered <= sent, "no more is delivered than was sent"
    SmsQuality.objects.update_or_create(
        carrier=carrier,
        prefix=prefix,
        defaults={
            "sent": sent,
            "delivered": delivered,
            "delay_ms": delay_ms,
            "measured_at": now,
        },
    )


def forget_quality(*, before: datetime) -> None:
    """Forget what was measured before a moment: who has sent nothing since is tried again."""
    SmsQuality.objects.filter(measured_at__lt=before).delete()


def quality_measured_at() -> datetime | None:
    """Return when carriers were last measured."""
    latest = SmsQuality.objects.order_by("-measured_at").values_list("measured_at", flat=True)
    return latest.first()


def require_reason_form(reason: str) -> None:
    """Refuses: ReasonRefused."""
    if reason and not REASON_MIN <= len(reason) <= REASON_MAX:
        raise ReasonRefused


def changed() -> None:
    """Let what processes remember of rates be old from this transaction's commit on.

    Locks: the stamp, so that changes come one after another.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO catalogue_ratestamp (id, stamp) VALUES (1, 1)"
            " ON CONFLICT (id) DO UPDATE SET stamp = catalogue_ratestamp.stamp + 1"
        )


def _record(place: str, row: UUID, *, verb: str, actor: str, now: datetime) -> None:
    audit.record(actor=actor, verb=verb, place=place, row=str(row), fields=_FIELDS[place], now=now)
