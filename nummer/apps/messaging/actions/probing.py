"""Texts of our own that measure one route: queued for its carrier alone, and corrected by arrival.

They are the operator's: no customer is charged for one or sees one. Their cost is kept in the row
as that of a sold text, and a route's quality counts them by what really arrived (ADR 320).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet

from nummer.apps.catalogue.sms_rates import Route
from nummer.apps.messaging.actions.fates import Fate, Kind, report
from nummer.apps.messaging.actions.send import OUTGOING_CHANNEL, SYSTEM_SENDER, sealed_for
from nummer.apps.messaging.models import Outgoing, OutgoingState
from nummer.apps.vault.keys import OPERATOR_ACCOUNT_ID
from nummer.kernel.ids import new_id
from nummer.kernel.money import Money
from nummer.kernel.phone import PhoneNumber

PURPOSE: Final = "probe"
_GONE: Final = (
    OutgoingState.SENT,
    OutgoingState.DELIVERED,
    OutgoingState.UNDELIVERED,
    OutgoingState.UNKNOWN,
)


@dataclass(frozen=True, slots=True)
class ProbeText:
    """A text for one carrier; `route` says what it costs, None where nobody wrote that down.

    `rate_id` is the rate whose prefix the route is measured by.
    """

    to: PhoneNumber = field(repr=False)
    text: str = field(repr=False)
    carrier: str
    route: Route | None
    rate_id: UUID | None


@dataclass(frozen=True, slots=True)
class ProbeFate:
    """How far a probe's text came; `cost` is known once a carrier accepted it."""

    state: str
    taken_at: datetime | None
    accepted_at: datetime | None
    done_at: datetime | None
    cost: Money | None


def queue_probe(wish: ProbeText, *, key: UUID, now: datetime) -> UUID:
    """Queue a text for one carrier; the same key queues it once. Returns the row's id."""
    row_id = new_id()
    with transaction.atomic():
        row, _ = Outgoing.objects.get_or_create(
            account_id=OPERATOR_ACCOUNT_ID,
            key=key,
            defaults={
                "id": row_id,
                "purpose": PURPOSE,
                "sender": SYSTEM_SENDER,
                "to": sealed_for(wish.to.e164, OPERATOR_ACCOUNT_ID, "to", row_id),
                "text": sealed_for(wish.text, OPERATOR_ACCOUNT_ID, "text", row_id),
                "state": OutgoingState.QUEUED,
                "carrier": wish.carrier,
                "routes": [_way(wish)],
                "parts": 1,
                "rate_id": wish.rate_id,
                "queued_at": now,
            },
        )
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify(%s, '')", [OUTGOING_CHANNEL])
    return row.id


def probe_fate(text_id: UUID) -> ProbeFate | None:
    """Return how far a probe's text came, None once it went with its age."""
    row = _probes().filter(id=text_id).first()
    if row is None:
        return None
    cost = None if row.cost_micro is None else Money(row.cost_micro, row.cost_currency)
    return ProbeFate(row.state, row.taken_at, row.sent_at, row.done_at, cost)


def correct_probe(text_id: UUID, *, arrived_at: datetime | None) -> None:
    """Let what is measured of the route say what really became of a text, whatever its receipt.

    Only one that a carrier has, or may have, is corrected.
    """
    rows = _probes().filter(id=text_id, state__in=_GONE)
    if arrived_at is None:
        rows.update(state=OutgoingState.UNDELIVERED)
    else:
        rows.update(state=OutgoingState.DELIVERED, done_at=arrived_at)


def drop_probe(text_id: UUID, *, now: datetime) -> None:
    """Let a text that still waits for its carrier wait no longer: it would measure nothing."""
    if _probes().filter(id=text_id, state=OutgoingState.QUEUED).exists():
        report(
            [Fate(OPERATOR_ACCOUNT_ID, text_id, Kind.FAILED, reason="not_sent_in_time")], now=now
        )


def _probes() -> QuerySet[Outgoing]:
    return Outgoing.objects.filter(account_id=OPERATOR_ACCOUNT_ID, purpose=PURPOSE)


def _way(wish: ProbeText) -> list[object]:
    """Return the one way that it may go, as the row keeps it."""
    route = wish.route
    if route is None:
        return [wish.carrier, "", None, "", 0]
    cost = route.cost
    return [wish.carrier, route.supplier, cost.micro, cost.currency, route.throughput_per_s]
