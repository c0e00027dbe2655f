"""Webhooks: endpoints of the account, how their deliveries went, and sending them again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from nummer.apps.webhooks import actions, queries
from nummer.apps.webhooks.errors import NoSuchDelivery, NoSuchEndpoint
from nummer.apps.webhooks.kinds import KINDS, TEST, DeliveryState
from nummer.apps.webhooks.queries import AttemptRow, DeliveryRow, EndpointRow
from nummer.faces.api.errors import FieldMalformed
from nummer.faces.api.reading import (
    Caller,
    Json,
    before_uuid,
    body_of,
    choice_of,
    flag_of,
    idempotency_key,
    moment_of,
    named_id,
    page_length,
    parameter,
    text_of,
    texts_of,
)
from nummer.faces.api.views import answered, empty
from nummer.kernel.ids import id_of

URL_LENGTH_MAX: Final = 2000
_OPENED: Final = frozenset({"url", "kinds"})
_CHANGED: Final = frozenset({"url", "kinds", "on"})
_SINCE: Final = frozenset({"since"})


def list_endpoints(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Answer the endpoints of the account, oldest first; there are few."""
    del request
    return answered(
        {
            "webhooks": [_endpoint_form(row) for row in queries.endpoints(caller.account_id)],
            "kinds": list(KINDS),
        }
    )


def create_endpoint(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Open an endpoint, once for each Idempotency-Key; its secret is answered this once."""
    key = idempotency_key(request)
    body = body_of(request, fields=_OPENED)
    fresh = actions.create_endpoint(
        caller.account_id,
        url=text_of(body, "url", required=True, longest=URL_LENGTH_MAX),
        kinds=texts_of(body, "kinds", most=len(KINDS)) or (),
        key=id_of("api", caller.key_id, "webhook", key),
        actor=caller.actor,
        now=caller.now,
    )
    row = queries.endpoint(caller.account_id, endpoint_id=fresh.endpoint_id)
    form = _endpoint_form(row)
    if fresh.secret is None:  # it came before
        return answered(form)
    return answered({**form, "secret": fresh.secret}, status=201)


def get_endpoint(request: HttpRequest, caller: Caller, *, endpoint_id: str) -> HttpResponse:
    """Answer one endpoint."""
    del request
    return answered(_endpoint_form(_endpoint(caller, endpoint_id)))


def change_endpoint(request: HttpRequest, caller: Caller, *, endpoint_id: str) -> HttpResponse:
    """Change the address, the kinds, or whether it is called; what is not named stays."""
    id_ = _id(endpoint_id)
    body = body_of(request, fields=_CHANGED)
    url = text_of(body, "url", required=False, longest=URL_LENGTH_MAX) or None
    kinds = texts_of(body, "kinds", most=len(KINDS))
    on = flag_of(body, "on")
    queries.endpoint(caller.account_id, endpoint_id=id_)
    if url is not None or kinds is not None:
        actions.change_endpoint(
            caller.account_id,
            endpoint_id=id_,
            url=url,
            kinds=kinds,
            actor=caller.actor,
            now=caller.now,
        )
    if on is not None:
        actions.switch(
            caller.account_id, endpoint_id=id_, on=on, actor=caller.actor, now=caller.now
        )
    return answered(_endpoint_form(_endpoint(caller, endpoint_id)))


def remove_endpoint(request: HttpRequest, caller: Caller, *, endpoint_id: str) -> HttpResponse:
    """Forget an endpoint with everything that was to be told to it."""
    del request
    actions.remove_endpoint(
        caller.account_id, endpoint_id=_id(endpoint_id), actor=caller.actor, now=caller.now
    )
    return empty()


def rotate_secret(request: HttpRequest, caller: Caller, *, endpoint_id: str) -> HttpResponse:
    """Answer a new secret, this once; the old one signs, too, for a day."""
    del request
    fresh = actions.rotate_secret(
        caller.account_id, endpoint_id=_id(endpoint_id), actor=caller.actor, now=caller.now
    )
    form = _endpoint_form(queries.endpoint(caller.account_id, endpoint_id=fresh.endpoint_id))
    return answered({**form, "secret": fresh.secret})


def send_test(request: HttpRequest, caller: Caller, *, endpoint_id: str) -> HttpResponse:
    """Send an event about nothing."""
    del request
    id_ = _id(endpoint_id)
    event_id = actions.send_test(caller.account_id, endpoint_id=id_, now=caller.now)
    return answered(_one_delivery(caller, id_, event_id), status=202)


def list_deliveries(request: HttpRequest, caller: Caller, *, endpoint_id: str) -> HttpResponse:
    """Answer a page of what was told to an endpoint, newest first."""
    limit = page_length(request)
    named = parameter(request, "state")
    rows = queries.deliveries(
        caller.account_id,
        endpoint_id=_id(endpoint_id),
        state=choice_of(named, DeliveryState, field="state") if named else None,
        before=before_uuid(request),
        limit=limit,
    )
    return answered(
        {
            "deliveries": [_delivery_form(row) for row in rows],
            "next_before": str(rows[-1].event_id) if len(rows) == limit else None,
        }
    )


def get_delivery(
    request: HttpRequest, caller: Caller, *, endpoint_id: str, event_id: str
) -> HttpResponse:
    """Answer how one event went, with each attempt."""
    del request
    return answered(_one_delivery(caller, _id(endpoint_id), named_id(event_id, NoSuchDelivery)))


def replay(
    request: HttpRequest, caller: Caller, *, endpoint_id: str, event_id: str
) -> HttpResponse:
    """Tell an event again, under its own id."""
    del request
    id_, event = _id(endpoint_id), named_id(event_id, NoSuchDelivery)
    actions.replay(caller.account_id, endpoint_id=id_, event_id=event, now=caller.now)
    return answered(_one_delivery(caller, id_, event), status=202)


def replay_failed(request: HttpRequest, caller: Caller, *, endpoint_id: str) -> HttpResponse:
    """Tell again all that failed or was missed since a moment."""
    id_ = _id(endpoint_id)
    body = body_of(request, fields=_SINCE)
    since = moment_of(body, "since")
    if since is None:
        raise FieldMalformed(field="since")
    count = actions.replay_failed(caller.account_id, endpoint_id=id_, since=since, now=caller.now)
    return answered({"replayed": count}, status=202)


def _id(text: str) -> UUID:
    return named_id(text, NoSuchEndpoint)


def _endpoint(caller: Caller, endpoint_id: str) -> EndpointRow:
    return queries.endpoint(caller.account_id, endpoint_id=_id(endpoint_id))


def _one_delivery(caller: Caller, endpoint_id: UUID, event_id: UUID) -> Mapping[str, Json]:
    queries.endpoint(caller.account_id, endpoint_id=endpoint_id)
    row = queries.delivery(caller.account_id, endpoint_id=endpoint_id, event_id=event_id)
    calls = queries.attempts(caller.account_id, endpoint_id=endpoint_id, event_id=event_id)
    return {**_delivery_form(row), "calls": [_attempt_form(call) for call in calls]}


def _endpoint_form(row: EndpointRow) -> dict[str, Json]:
    return {
        "id": str(row.id),
        "url": row.url,
        "kinds": list(row.kinds),
        "state": row.state.value,
        "failing_since": _moment(row.failing_since),
        "created_at": row.created_at.isoformat(),
    }


def _delivery_form(row: DeliveryRow) -> dict[str, Json]:
    return {
        "event": str(row.event_id),
        "kind": row.kind,
        "subject": None if row.kind == TEST else str(row.subject_id),
        "happened_at": row.happened_at.isoformat(),
        "state": row.state.value,
        "attempts": row.attempts,
        "next_at": _moment(row.next_at),
        "last_status": row.last_status,
        "last_at": _moment(row.last_at),
    }


def _attempt_form(row: AttemptRow) -> dict[str, Json]:
    return {
        "at": row.at.isoformat(),
        "status": row.status,
        "error": row.error or None,
        "duration_ms": row.duration_ms,
        "answer_bytes": row.answer_bytes,
    }


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
