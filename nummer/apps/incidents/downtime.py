"""When numbers did not work, as the staff and the carriers said it.

What a customer reported is judged elsewhere; this says what is known about many, and it decides
nothing about money.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Q

from nummer.apps.incidents.models import (
    CarrierEvent,
    CarrierNotice,
    Incident,
    IncidentKind,
)
from nummer.apps.incidents.queries import Known
from nummer.policy.uptime import Down

READ_MAX: Final = 5_000  # incidents, and notices, of ninety days: far more than anybody publishes
_FAILED: Final = ("notice_fault", "notice_block")


@dataclass(frozen=True, slots=True)
class WideDown:
    """A time in which the numbers of a carrier or of a country did not work; empty means all."""

    carrier: str
    country: str
    down: Down

    def concerns(self, *, carrier: str, country: str) -> bool:
        """Tell whether it was about the numbers of a carrier in a country."""
        return self.carrier in ("", carrier) and self.country in ("", country)


def downs_of(known: Sequence[Known]) -> list[Down]:
    """Return the times in which a number was down, of what is known about it and its place."""
    repairs = sorted(row.happened_at for row in known if row.what == "notice_repair")
    incidents = [Down(row.happened_at, row.ended_at) for row in known if row.what == "incident"]
    return incidents + [
        Down(row.happened_at, _first_after(row.happened_at, repairs))
        for row in known
        if row.what in _FAILED
    ]


def wide_downs(*, since: datetime, now: datetime) -> list[WideDown]:
    """Return what concerned whole carriers or countries after `since`; two statements.

    What was about a single service, or about named numbers, is about no country.
    """
    return [*_incidents(since, now), *_notices(since, now)]


def _incidents(since: datetime, now: datetime) -> list[WideDown]:
    rows = Incident.objects.filter(
        Q(incidentend=None) | Q(incidentend__ended_at__gt=since),
        kind=IncidentKind.OUTAGE,
        service="",
        numbers=[],
        began_at__lte=now,
    ).order_by("-began_at", "id")
    found = rows.values_list("carrier", "country", "began_at", "incidentend__ended_at")
    return [
        WideDown(carrier, country, Down(began_at, ended_at))
        for carrier, country, began_at, ended_at in found[:READ_MAX]
    ]


def _notices(since: datetime, now: datetime) -> list[WideDown]:
    """Return from each fault to the first repair that covers it.

    A fault of before `since` that nobody repaired still counts.
    """
    rows = list(
        CarrierNotice.objects.filter(
            number="",
            event__in=(CarrierEvent.FAULT, CarrierEvent.REPAIR),
            happened_at__lte=now,
        ).order_by("-happened_at", "id")[:READ_MAX]
    )
    repairs = [row for row in rows if row.event == CarrierEvent.REPAIR]
    found = [
        WideDown(row.carrier, row.country, Down(row.happened_at, _repaired(row, repairs)))
        for row in rows
        if row.event == CarrierEvent.FAULT
    ]
    return [one for one in found if one.down.ended_at is None or one.down.ended_at > since]


def _repaired(fault: CarrierNotice, repairs: Iterable[CarrierNotice]) -> datetime | None:
    return _first_after(
        fault.happened_at,
        [
            row.happened_at
            for row in repairs
            if row.carrier == fault.carrier and row.country in ("", fault.country)
        ],
    )


def _first_after(moment: datetime, moments: Iterable[datetime]) -> datetime | None:
    return min((at for at in moments if at >= moment), default=None)
