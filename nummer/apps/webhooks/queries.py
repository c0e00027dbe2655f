"""Endpoints, and how their deliveries went."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection

from nummer.apps.webhooks.actions.addresses import unsealed
from nummer.apps.webhooks.errors import NoSuchDelivery, NoSuchEndpoint
from nummer.apps.webhooks.kinds import DeliveryState, EndpointState, Sort
from nummer.apps.webhooks.models import Attempt, Delivery, Endpoint, Event

# Hops from endpoint to endpoint over the index, one step each, however much waits at one of them.
_DUE: Final = f"""
    WITH RECURSIVE lane AS (
        (SELECT account_id, endpoint_id, next_at FROM webhooks_delivery
          WHERE next_at IS NOT NULL ORDER BY account_id, endpoint_id, next_at LIMIT 1)
        UNION ALL
        SELECT n.account_id, n.endpoint_id, n.next_at
          FROM lane l, LATERAL (
               SELECT account_id, endpoint_id, next_at FROM webhooks_delivery d
                WHERE d.next_at IS NOT NULL
                  AND (d.account_id, d.endpoint_id) > (l.account_id, l.endpoint_id)
                ORDER BY account_id, endpoint_id, next_at LIMIT 1) n
    )
    SELECT GREATEST(l.next_at, e.resting_until) AS due_at, l.account_id, l.endpoint_id
      FROM lane l JOIN webhooks_endpoint e
           ON e.account_id = l.account_id AND e.id = l.endpoint_id
     WHERE e.state = '{EndpointState.ON}' AND GREATEST(l.next_at, e.resting_until) <= %s
     ORDER BY due_at, l.account_id, l.endpoint_id LIMIT %s
"""  # noqa: S608 -- a word of our own


@dataclass(frozen=True, slots=True)
class EndpointRow:
    """An endpoint of an account, as its owner sees it."""

    id: UUID
    url: str = field(repr=False)
    kinds: tuple[str, ...]
    state: EndpointState
    failing_since: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class LeaseHook:
    """The hook of a lease for one purpose."""

    lease_id: UUID
    purpose: str
    dialect: str
    method: str
    url: str = field(repr=False)
    fallback_url: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """How an event went at one endpoint."""

    event_id: UUID
    kind: str
    subject_id: UUID
    happened_at: datetime
    state: DeliveryState
    attempts: int
    next_at: datetime | None
    last_status: int | None
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """One call: what came back, never its words."""

    place: int
    at: datetime
    status: int | None
    error: str
    duration_ms: int
    answer_bytes: int


def endpoints(account_id: int) -> list[EndpointRow]:
    """Return an account's endpoints, oldest first; there are few."""
    found = Endpoint.objects.filter(account_id=account_id, sort=Sort.ACCOUNT)
    return [_endpoint(row) for row in found.order_by("created_at", "id")]


def endpoint(account_id: int, *, endpoint_id: UUID) -> EndpointRow:
    """Return one endpoint. Refuses: NoSuchEndpoint."""
    row = Endpoint.objects.filter(account_id=account_id, id=endpoint_id, sort=Sort.ACCOUNT).first()
    if row is None:
        raise NoSuchEndpoint
    return _endpoint(row)


def lease_hooks(account_id: int, *, lease_id: UUID) -> list[LeaseHook]:
    """Return the hooks of a lease, by purpose."""
    found = Endpoint.objects.filter(
        account_id=account_id, lease_id=lease_id, sort=Sort.LEASE
    ).order_by("purpose")
    return [_hook(row) for row in found]


def lease_hooks_of(account_id: int) -> list[LeaseHook]:
    """Return the hooks of all leases of an account, by lease and purpose."""
    found = Endpoint.objects.filter(account_id=account_id, sort=Sort.LEASE)
    return [_hook(row) for row in found.order_by("lease_id", "purpose")]


def deliveries(
    account_id: int,
    *,
    endpoint_id: UUID,
    state: DeliveryState | None = None,
    before: UUID | None = None,
    limit: int = 50,
) -> list[DeliveryRow]:
    """Return what was told to an endpoint, newest first; `before` is the last event seen.

    Refuses: NoSuchEndpoint.
    """
    endpoint(account_id, endpoint_id=endpoint_id)
    found = Delivery.objects.filter(account_id=account_id, endpoint_id=endpoint_id)
    if state is not None:
        found = found.filter(state=state)
    if before is not None:
        found = found.filter(event_id__lt=before)
    rows = list(found.order_by("-event_id")[:limit])
    events = Event.objects.filter(account_id=account_id, id__in=[row.event_id for row in rows])
    known = {event.id: event for event in events}
    return [_delivery(row, known[row.event_id]) for row in rows if row.event_id in known]


def delivery(account_id: int, *, endpoint_id: UUID, event_id: UUID) -> DeliveryRow:
    """Return how one event went. Refuses: NoSuchDelivery."""
    row = Delivery.objects.filter(
        account_id=account_id, endpoint_id=endpoint_id, event_id=event_id
    ).first()
    event = Event.objects.filter(account_id=account_id, id=event_id).first()
    if row is None or event is None:
        raise NoSuchDelivery
    return _delivery(row, event)


def attempts(account_id: int, *, endpoint_id: UUID, event_id: UUID) -> list[AttemptRow]:
    """Return every call about one event, earliest first; there are few."""
    found = Attempt.objects.filter(
        account_id=account_id, endpoint_id=endpoint_id, event_id=event_id
    )
    return [
        AttemptRow(row.place, row.at, row.status, row.error, row.duration_ms, row.answer_bytes)
        for row in found.order_by("place")
    ]


def due_endpoints(*, until: datetime, limit: int) -> list[tuple[datetime, int, UUID]]:
    """Return the endpoints with something due, earliest first: when, whose, which."""
    with connection.cursor() as cursor:
        cursor.execute(_DUE, [until, limit])
        return [(at, account_id, key) for at, account_id, key in cursor.fetchall()]


def oldest_event() -> datetime | None:
    """Return when the oldest event that is kept happened."""
    return Event.objects.order_by("at").values_list("at", flat=True).first()


def _endpoint(row: Endpoint) -> EndpointRow:
    return EndpointRow(
        id=row.id,
        url=unsealed(row.account_id, row.id, column="url", sealed=row.url),
        kinds=tuple(row.kinds),
        state=EndpointState(row.state),
        failing_since=row.failing_since,
        created_at=row.created_at,
    )


def _hook(row: Endpoint) -> LeaseHook:
    assert row.lease_id is not None, "a hook of a lease names it"
    return LeaseHook(
        lease_id=row.lease_id,
        purpose=row.purpose,
        dialect=row.dialect,
        method=row.method,
        url=unsealed(row.account_id, row.id, column="url", sealed=row.url),
        fallback_url=""
        if row.fallback_url is None
        else unsealed(row.account_id, row.id, column="fallback_url", sealed=row.fallback_url),
    )


def _delivery(row: Delivery, event: Event) -> DeliveryRow:
    return DeliveryRow(
        event_id=row.event_id,
        kind=event.kind,
        subject_id=event.subject_id,
        happened_at=event.at,
        state=DeliveryState(row.state),
        attempts=row.attempts,
        next_at=row.next_at,
        last_status=row.last_status,
        last_at=row.last_at,
    )
