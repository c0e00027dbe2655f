"""How much of the last day, month and quarter a number, or the numbers of a country, worked.

A number's uptime rests on what concerned it while its holder had it: his own reports, what the
staff and the carrier said, and spells in which the probes of its carrier in its country failed.
What the public reads names countries and counts networks; it never names a carrier.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from django.db.models import Q

from nummer.apps.incidents import queries as incidents
from nummer.apps.incidents.downtime import WideDown, downs_of, wide_downs
from nummer.apps.incidents.queries import Place
from nummer.apps.leases import replacements
from nummer.apps.leases.queries import LeaseRow
from nummer.apps.numbers import queries as numbers
from nummer.apps.probes.models import Spell
from nummer.apps.refunds.rentals import NO_SERVICE, place_of, reports_of
from nummer.kernel.remembered import Remembered
from nummer.policy.uptime import Down, uptime_percent

WINDOWS: Final = (timedelta(hours=24), timedelta(days=30), timedelta(days=90))
LONGEST: Final = WINDOWS[-1]
READ_MAX: Final = 5_000  # spells of ninety days


@dataclass(frozen=True, slots=True)
class Uptime:
    """The share of three times in which nothing was down; None of a time that had not begun."""

    day: Decimal | None
    month: Decimal | None
    quarter: Decimal | None


@dataclass(frozen=True, slots=True)
class NetworkUptime:
    """The uptime of one of the networks of a country; `place` counts them, 0 where it is alone."""

    country: str
    place: int
    uptime: Uptime


_SHOWN: Final[Remembered[list[NetworkUptime]]] = Remembered(1)


def lease_uptime(lease: LeaseRow, *, now: datetime) -> Uptime | None:
    """Return the uptime of a rented number in its holder's time; None before it works.

    Where the number was replaced, each counts for the time in which the lease had it.
    """
    if lease.activated_at is None:
        return None
    until = min(lease.ended_at or now, now)
    downs = _reported(lease, now=now)
    for held in _held(lease, since=lease.activated_at, until=until):
        downs += _downs_while(held, lease=lease, now=now)
    return _uptime(downs, begun=lease.activated_at, until=until, now=now)


def shown_uptime(*, now: datetime) -> list[NetworkUptime]:
    """Return `public_uptime` as it was in this minute, for a page that strangers may ask for."""
    minute = now.replace(second=0, microsecond=0)
    return _SHOWN.or_read(minute, lambda: public_uptime(now=now), fresh=False)


def public_uptime(*, now: datetime) -> list[NetworkUptime]:
    """Return the uptime of the networks of each country that we have numbers of, by country."""
    known = [*wide_downs(since=now - LONGEST, now=now), *_spells(None, until=now)]
    return [
        NetworkUptime(
            country,
            place if len(carriers) > 1 else 0,
            _uptime(_concerning(known, carrier=carrier, country=country), until=now, now=now),
        )
        for country, carriers in sorted(numbers.carriers().items())
        for place, carrier in enumerate(carriers, start=1)
    ]


@dataclass(frozen=True, slots=True)
class _Held:
    """A time in which a lease had one number."""

    place: Place
    since: datetime
    until: datetime


def _held(lease: LeaseRow, *, since: datetime, until: datetime) -> list[_Held]:
    """Return the numbers of a lease one after the other, the present or last one at the end."""
    found = []
    for one in replacements.numbers_before(lease.account_id, lease_id=lease.id):
        carrier = numbers.carrier_of(one.number) or lease.carrier
        place = Place(one.number.e164, carrier, lease.country, NO_SERVICE)
        found.append(_Held(place, one.from_at, one.until_at))
        since = one.until_at
    return [*found, _Held(place_of(lease), since, until)]


def _downs_while(held: _Held, *, lease: LeaseRow, now: datetime) -> list[Down]:
    """Return when the number did not work while the lease had it."""
    known = incidents.known(
        lease.account_id,
        subject_id=lease.id,
        place=held.place,
        since=held.since,
        until=held.until,
        now=now,
    )
    spells = _spells(held.place, until=held.until)
    downs = [*downs_of(known), *(one.down for one in spells)]
    cut = [
        Down(max(down.began_at, held.since), min(down.ended_at or held.until, held.until))
        for down in downs
    ]
    return [down for down in cut if down.ended_at is not None and down.ended_at > down.began_at]


def _uptime(
    downs: Sequence[Down], *, begun: datetime | None = None, until: datetime, now: datetime
) -> Uptime:
    """Return the uptime of each window that reaches back from `now`, cut to a time."""
    shares = []
    for window in WINDOWS:
        since = now - window if begun is None else max(begun, now - window)
        shares.append(uptime_percent(downs, since=since, until=until))
    return Uptime(*shares)


def _concerning(known: Sequence[WideDown], *, carrier: str, country: str) -> list[Down]:
    return [one.down for one in known if one.concerns(carrier=carrier, country=country)]


def _reported(lease: LeaseRow, *, now: datetime) -> list[Down]:
    """Return what the holder reported, until it was over; what he caused himself is left out."""
    return [
        Down(
            datetime.fromisoformat(report["reported_at"]),
            datetime.fromisoformat(report["cleared_at"]) if "cleared_at" in report else None,
        )
        for report in reports_of(lease, now=now)
        if report.get("cause") != "client_activity"
    ]


def _spells(place: Place | None, *, until: datetime) -> list[WideDown]:
    """Return the spells of a number's carrier in its country, or all of them."""
    rows = Spell.objects.filter(
        Q(ended_at=None) | Q(ended_at__gt=until - LONGEST), began_at__lt=until
    ).order_by("-began_at", "id")
    if place is not None:
        rows = rows.filter(carrier=place.carrier, country=place.country)
    return [
        WideDown(row.carrier, row.country, Down(row.began_at, row.ended_at))
        for row in rows[:READ_MAX]
    ]
