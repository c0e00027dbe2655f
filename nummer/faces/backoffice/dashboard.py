"""The first page of the staff: what is due and late, figures of SMS and stock, money by day.

Each figure is a query whose cost does not grow with what was carried or sold (ADR 425).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from nummer.apps.cases import desk
from nummer.apps.catalogue import queries as catalogue
from nummer.apps.identity import queries as identity
from nummer.apps.incidents import queries as incidents
from nummer.apps.ledger import queries as ledger
from nummer.apps.messaging import queries as messaging
from nummer.apps.numbers import queries as numbers
from nummer.apps.refunds import queries as refunds
from nummer.faces.backoffice.requests import (
    COMPLIANCE,
    EVERYBODY,
    FINANCE,
    IDENTITY,
    OPERATIONS,
    SUPPORT,
    Member,
    member,
    staff_only,
)
from nummer.faces.backoffice.rights import ROLES, menu
from nummer.kernel import clock
from nummer.kernel.money import Money

MINUTES: Final = 30
DAYS: Final = 30
_FEW: Final = 10  # places with the fewest free numbers that are shown
_COUNTED_MAX: Final = 100
_KINDS: Final = ledger.TransferKind
_COLUMNS: Final = (
    ((_KINDS.ORDER, _KINDS.USAGE), -1),
    ((_KINDS.REFUND, _KINDS.GOODWILL), 1),
    ((_KINDS.TOPUP,), 1),
    ((_KINDS.PAYOUT,), -1),
)


@dataclass(frozen=True, slots=True)
class Task:
    """Something that waits for this role, and where."""

    title: str
    address: str
    waits: int
    late: int


@dataclass(frozen=True, slots=True)
class MoneyDay:
    """Sales, refunds, top-ups and payouts of a day in one currency."""

    day: date
    amounts: tuple[Money, ...]

    @property
    def at(self) -> int:
        """The day's beginning in seconds, for the chart."""
        return int(datetime.combine(self.day, time(), UTC).timestamp())


@require_safe
@staff_only(*EVERYBODY)
def start(request: HttpRequest) -> HttpResponse:
    """Show what waits, the figures of this role, and the doors that it may open."""
    person, now = member(request), clock.now()
    context: dict[str, object] = {
        "role": ROLES[person.role],
        "tasks": _tasks(person, now),
        "groups": list(menu(person.role)),
    }
    if person.may((FINANCE,)):
        context["money"] = _money(now)
    if person.may((OPERATIONS, SUPPORT)):
        context |= _live(now)
    return render(request, "backoffice/start.html", context)


@require_safe
@staff_only(OPERATIONS, SUPPORT)
def figures(request: HttpRequest) -> HttpResponse:
    """Show the figures of SMS and stock as they are now; the page asks again every few seconds."""
    return render(request, "backoffice/_figures.html", _live(clock.now()))


def _live(now: datetime) -> dict[str, object]:
    names = {row.code: row.name for row in catalogue.services(enabled_only=False)}
    stock = sorted(
        (free, names.get(code, code), country)
        for (code, country), free in numbers.stock_up_to(_COUNTED_MAX).items()
    )
    minutes = messaging.minutes(now=now, count=MINUTES)
    return {
        "minutes": minutes,
        "totals": [
            sum(getattr(row, name) for row in minutes)
            for name in ("came", "acknowledged", "refused", "left", "declined")
        ],
        "stock": stock[:_FEW],
        "places": len(stock),
        "counted_max": _COUNTED_MAX,
        "figures_at": now,
    }


def _tasks(person: Member, now: datetime) -> list[Task]:
    """Return what waits for this role, late ones first."""
    found: list[Task] = []
    if person.may((SUPPORT, FINANCE, COMPLIANCE)):
        owed = refunds.owed(now=now).values()
        waits, late = sum(sum(each.values()) for each in owed), sum(each["late"] for each in owed)
        found.append(_task("due", gettext("Owed to customers"), waits, late))
        counted = desk.counts(actor=person.actor, now=now)
        waits, late = counted[desk.Which.WAITING], counted[desk.Which.LATE]
        found.append(_task("cases", gettext("Cases"), waits, late))
    if person.may((FINANCE, COMPLIANCE)):
        proposals = len(refunds.proposals(limit=_COUNTED_MAX))
        found.append(_task("due", gettext("Waiting for a second person"), proposals, 0))
    if person.may((IDENTITY,)):
        found.append(_task("papers-queue", gettext("Papers to judge"), len(identity.queue()), 0))
    if person.may((OPERATIONS,)):
        drafts = len(incidents.drafts())
        found.append(_task("incidents", gettext("Drafts of incidents"), drafts, 0))
    return sorted(found, key=lambda task: -task.late)


def _task(name: str, title: str, waits: int, late: int) -> Task:
    return Task(title, reverse(f"backoffice:{name}"), waits, late)


def _money(now: datetime) -> list[tuple[str, Sequence[MoneyDay]]]:
    """Return for each currency the days with a movement, and those between."""
    until = now.astimezone(UTC).date()
    since = until - timedelta(days=DAYS - 1)
    days = [since + timedelta(days=n) for n in range(DAYS)]
    sums: dict[tuple[str, date, int], int] = {}
    for row in ledger.day_sums(since=since, until=until):
        for column, (kinds, sign) in enumerate(_COLUMNS):
            if row.kind in kinds:
                key = (row.amount.currency, row.day, column)
                sums[key] = sums.get(key, 0) + sign * row.amount.micro
    return [
        (currency, [_money_day(currency, day, sums) for day in days])
        for currency in sorted({key[0] for key in sums})
    ]


def _money_day(currency: str, day: date, sums: dict[tuple[str, date, int], int]) -> MoneyDay:
    return MoneyDay(
        day,
        tuple(
            Money(sums.get((currency, day, column), 0), currency) for column in range(len(_COLUMNS))
        ),
    )
