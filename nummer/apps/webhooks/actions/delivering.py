"""Calling endpoints: a job for each that has something due, so that one waits for no other.

A delivery is claimed with its endpoint, prepared, called without a transaction, and written down.
A job that dies leaves its deliveries due: they are called again once its claim has passed.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import F, Q, QuerySet
from procrastinate.contrib.django import app

from nummer.apps.notify.actions import send_letter
from nummer.apps.outbound.actions import Cleared, clear
from nummer.apps.outbound.register import CUSTOMER_SERVER
from nummer.apps.vault.errors import KeyDestroyed
from nummer.apps.webhooks.actions.addresses import unsealed
from nummer.apps.webhooks.actions.endpoints import miss_waiting
from nummer.apps.webhooks.kinds import DeliveryState, EndpointState, Sort
from nummer.apps.webhooks.models import Attempt, Delivery, Endpoint, Event
from nummer.apps.webhooks.ports import (
    Answer,
    Call,
    Failure,
    Occasion,
    Target,
    caller,
    renderer_of,
)
from nummer.apps.webhooks.schedule import DISABLED_AFTER, rest_of_endpoint, wait_after
from nummer.kernel.ids import id_of
from nummer.kernel.jobs import CALL_ENDPOINT, HOOKS, SLOW_HOOKS

# A job that fails gives its endpoint free, one that is killed is put back: only a lost queue lets a
# claim pass. It is long, since a clock that jumps would pass a short one many times.
CLAIMED: Final = timedelta(hours=12)
BATCH: Final = 16
WORKED_S: Final = 20.0  # then the next job has its turn
SLOW_MS: Final = 2_000
GONE: Final = 410  # Standard Webhooks: the server wants no more

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Due:
    """A delivery that is due, and what is needed to make its call."""

    occasion: Occasion
    tries: int
    attempts: int


def start(account_id: int, *, endpoint_id: UUID, now: datetime) -> None:
    """Claim an endpoint and give it a job; one that is claimed or off is left alone."""
    with transaction.atomic():
        row = _claimable(account_id, endpoint_id, now)
        if row is None:
            return
        _rows(row).update(resting_until=now + CLAIMED)
        app.configure_task(
            CALL_ENDPOINT,
            queue=SLOW_HOOKS if row.slow else HOOKS,
            lock=f"endpoint:{account_id}:{endpoint_id}",  # ids of single addresses may be alike
        ).defer(account_id=account_id, endpoint_id=str(endpoint_id))


def deliver(account_id: int, *, endpoint_id: UUID, now: datetime) -> int:
    """Call an endpoint about everything that is due, for at most WORKED_S; return how often.

    Stops at the first batch of which nothing arrived; the endpoint then rests.
    """
    try:
        return _deliver(account_id, endpoint_id, now)
    except BaseException:
        rested = now + rest_of_endpoint(timedelta())
        Endpoint.objects.filter(account_id=account_id, id=endpoint_id).update(resting_until=rested)
        raise


def _deliver(account_id: int, endpoint_id: UUID, now: datetime) -> int:
    began, called = time.monotonic(), 0
    while True:
        row = Endpoint.objects.filter(account_id=account_id, id=endpoint_id).first()
        if row is None or row.state != EndpointState.ON:
            return called
        due = _due(row, now)
        answers = _called(row, due, now) if due else []
        called += len(answers)
        healthy = not answers or any(answer is None or answer.good for answer in answers)
        if not due or not healthy or time.monotonic() - began > WORKED_S:
            _release(row, answers, now=now)
            return called


def _claimable(account_id: int, endpoint_id: UUID, now: datetime) -> Endpoint | None:
    return (
        Endpoint.objects.select_for_update()
        .filter(account_id=account_id, id=endpoint_id, state=EndpointState.ON)
        .filter(Q(resting_until=None) | Q(resting_until__lte=now))
        .first()
    )


def _due(row: Endpoint, now: datetime) -> list[_Due]:
    waiting = list(
        Delivery.objects.filter(
            account_id=row.account_id, endpoint_id=row.id, next_at__lte=now
        ).order_by("next_at", "event_id")[:BATCH]
    )
    events = {
        event.id: event
        for event in Event.objects.filter(
            account_id=row.account_id, id__in=[one.event_id for one in waiting]
        )
    }
    return [
        _Due(_occasion(events[one.event_id]), one.tries, one.attempts)
        for one in waiting
        if one.event_id in events
    ]


def _occasion(event: Event) -> Occasion:
    return Occasion(
        account_id=event.account_id,
        event_id=event.id,
        kind=event.kind,
        subject_id=event.subject_id,
        lease_id=event.lease_id,
        word=event.word,
        at=event.at,
    )


def _called(row: Endpoint, due: Sequence[_Due], now: datetime) -> list[Answer | None]:
    """Make one batch of calls and write down what came back; None: there was nothing to say."""
    target = _target(row, column="url", now=now)
    answers = _answers(row, target, [one.occasion for one in due], now)
    if row.fallback_url is not None:
        again = [at for at, answer in enumerate(answers) if answer is not None and not answer.good]
        other = _target(row, column="fallback_url", now=now)
        second = _answers(row, other, [due[at].occasion for at in again], now)
        for at, answer in zip(again, second, strict=True):
            answers[at] = answer
    for one, answer in zip(due, answers, strict=True):
        _write(row, one, answer, now=now)
    for one, answer in zip(due, answers, strict=True):
        if answer is not None and answer.good:
            renderer_of(row.dialect).heard(one.occasion, target=target, answer=answer, now=now)
    return answers


def _target(row: Endpoint, *, column: str, now: datetime) -> Target:
    def read(name: str) -> str:
        return unsealed(row.account_id, row.id, column=name, sealed=getattr(row, name))

    secrets = [read("secret")] if row.secret is not None else []
    if row.old_secret is not None and row.old_secret_until is not None:
        secrets += [read("old_secret")] if row.old_secret_until > now else []
    return Target(
        endpoint_id=row.id,
        purpose=row.purpose,
        method=row.method,
        url=read(column),
        secrets=tuple(secrets),
    )


def _answers(
    row: Endpoint, target: Target, occasions: Sequence[Occasion], now: datetime
) -> list[Answer | None]:
    """Return the answers in that order; None where the renderer had nothing to say."""
    said = [_said(row, target, occasion, now) for occasion in occasions]
    answers = iter(caller().call([call for call in said if isinstance(call, Cleared)]))
    return [next(answers) if isinstance(call, Cleared) else call for call in said]


def _said(
    row: Endpoint, target: Target, occasion: Occasion, now: datetime
) -> Cleared | Answer | None:
    """Return what may leave, None where nothing may; our own mistake holds up no other event."""
    try:
        call = renderer_of(row.dialect).render(occasion, target=target, now=now)
    except KeyDestroyed:  # the customer was erased meanwhile
        return None
    except Exception as error:  # noqa: BLE001 -- one subject must not stop all the others
        _log.error("an event cannot be said", kind=occasion.kind, error=type(error).__name__)
        return Answer(status=None, failure=Failure.OURS, duration_ms=0, size=0)
    return None if call is None else _passed(call, occasion.account_id, now)


def _passed(call: Call, account_id: int, now: datetime) -> Cleared:
    fields = {
        "method": call.method,
        "url": call.url,
        "headers": json.dumps(dict(call.headers)),
        "body": call.body.decode(),
    }
    return clear(CUSTOMER_SERVER, "event", fields, account_id=account_id, now=now)


def _write(row: Endpoint, one: _Due, answer: Answer | None, *, now: datetime) -> None:
    """Write an attempt down and say what becomes of its delivery."""
    delivery = Delivery.objects.filter(
        account_id=row.account_id,
        endpoint_id=row.id,
        event_id=one.occasion.event_id,
        state=DeliveryState.WAITING,
    )
    if answer is None:
        delivery.update(state=DeliveryState.NOTHING, next_at=None, last_at=now)
        return
    tries = one.tries + 1
    wait = (
        None
        if answer.good
        else wait_after(tries, seed=one.occasion.event_id.int, asked_s=answer.retry_after_s)
    )
    state = (
        DeliveryState.DONE
        if answer.good
        else DeliveryState.FAILED
        if wait is None
        else DeliveryState.WAITING
    )
    with transaction.atomic():
        kept = delivery.update(
            state=state,
            tries=tries,
            attempts=F("attempts") + 1,
            next_at=None if wait is None else now + wait,
            last_status=answer.status,
            last_at=now,
        )
        if kept:
            Attempt.objects.bulk_create([_attempt(row, one, answer, now)], ignore_conflicts=True)


def _attempt(row: Endpoint, one: _Due, answer: Answer, now: datetime) -> Attempt:
    return Attempt(
        account_id=row.account_id,
        endpoint_id=row.id,
        event_id=one.occasion.event_id,
        place=one.attempts + 1,
        at=now,
        status=answer.status,
        error=answer.failure or "",
        duration_ms=answer.duration_ms,
        answer_bytes=answer.size,
    )


def _release(row: Endpoint, answers: Sequence[Answer | None], *, now: datetime) -> None:
    """Give an endpoint free: at once where it takes something, later where it takes nothing.

    One that has taken nothing for DISABLED_AFTER, or is gone by its own word, is switched off,
    and its owner is told.
    """
    heard = [
        answer for answer in answers if answer is not None and answer.failure is not Failure.OURS
    ]
    if not heard:
        _rows(row).update(resting_until=None)
        return
    slow = max(answer.duration_ms for answer in heard) >= SLOW_MS
    if any(answer.good for answer in heard):
        _rows(row).update(resting_until=None, failing_since=None, slow=slow)
        return
    since = row.failing_since or now
    gone = row.sort == Sort.ACCOUNT and any(answer.status == GONE for answer in heard)
    if gone or now - since >= DISABLED_AFTER:
        _give_up(row, since=since, now=now)
        return
    _rows(row).update(
        resting_until=now + rest_of_endpoint(now - since), failing_since=since, slow=slow
    )


def _give_up(row: Endpoint, *, since: datetime, now: datetime) -> None:
    """Switch an endpoint off and write to its owner; an address of one message is only left."""
    if row.sort == Sort.MESSAGE:
        miss_waiting(row.account_id, endpoint_id=row.id)
        _rows(row).update(resting_until=None, failing_since=None)
        return
    with transaction.atomic():
        if (
            not _rows(row)
            .filter(state=EndpointState.ON)
            .update(state=EndpointState.FAILED, resting_until=None, failing_since=since)
        ):
            return
        miss_waiting(row.account_id, endpoint_id=row.id)
        host = urlsplit(unsealed(row.account_id, row.id, column="url", sealed=row.url)).hostname
        send_letter(
            row.account_id,
            letter="webhook-off",
            context={"host": host or "", "since": since.isoformat()},
            now=now,
            key=id_of("webhook-off", row.id, now.isoformat()),
        )


def _rows(row: Endpoint) -> QuerySet[Endpoint]:
    return Endpoint.objects.filter(account_id=row.account_id, id=row.id)
