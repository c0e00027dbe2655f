"""Calling again about what was told already, or could not be told."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from nummer.apps.webhooks.actions.repeating import require_room
from nummer.apps.webhooks.errors import EndpointOff, NoSuchDelivery, NoSuchEndpoint
from nummer.apps.webhooks.kinds import DeliveryState, EndpointState
from nummer.apps.webhooks.models import Delivery, Endpoint, Event

_NOT_DONE: Final = (DeliveryState.FAILED, DeliveryState.MISSED)


def replay(account_id: int, *, endpoint_id: UUID, event_id: UUID, now: datetime) -> None:
    """Call an endpoint again about one event, with the event's own id, however it went.

    Refuses: NoSuchEndpoint, EndpointOff, TooManyRepeats, NoSuchDelivery. Locks: the endpoint.
    """
    with transaction.atomic():
        _require_on(account_id, endpoint_id)
        if not Delivery.objects.filter(
            account_id=account_id, endpoint_id=endpoint_id, event_id=event_id
        ).update(state=DeliveryState.WAITING, tries=0, next_at=now):
            raise NoSuchDelivery


def replay_failed(account_id: int, *, endpoint_id: UUID, since: datetime, now: datetime) -> int:
    """Call again about all that failed or was missed and happened since; return how many.

    Refuses: NoSuchEndpoint, EndpointOff, TooManyRepeats. Locks: the endpoint.
    """
    with transaction.atomic():
        _require_on(account_id, endpoint_id)
        happened = Event.objects.filter(account_id=account_id, at__gte=since).values("id")
        return Delivery.objects.filter(
            account_id=account_id,
            endpoint_id=endpoint_id,
            state__in=_NOT_DONE,
            event_id__in=happened,
        ).update(state=DeliveryState.WAITING, tries=0, next_at=now)


def _require_on(account_id: int, endpoint_id: UUID) -> None:
    row = Endpoint.objects.select_for_update().filter(account_id=account_id, id=endpoint_id).first()
    if row is None:
        raise NoSuchEndpoint
    if row.state != EndpointState.ON:
        raise EndpointOff
    require_room(account_id)
