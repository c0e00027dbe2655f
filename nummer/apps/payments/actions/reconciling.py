"""Reading a provider's own list of events, so that a lost callback loses nothing."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import islice
from typing import Final

import structlog
from django.db import transaction
from procrastinate.contrib.django import app

from nummer.apps.payments.actions.notices import take_notice
from nummer.apps.payments.errors import CallbackRefused
from nummer.apps.payments.models import OPEN_OUTCOMES, Mark, Notice
from nummer.apps.payments.ports import ListedEvent, installed_payments
from nummer.kernel.jobs import READ_EVENTS

LISTED_AGAIN: Final = timedelta(hours=1)  # events may appear later than their time says
WISHED_EVERY: Final = timedelta(seconds=10)  # at most so often for customers who come back
BATCH: Final = 100

log = structlog.get_logger(__name__)


def wish_for_events(provider: str, *, now: datetime) -> None:
    """Have a job read the provider's list, unless one was sent for it a moment ago.

    To be called in a transaction. Locks: the provider's mark, until it ends.
    """
    _, new = Mark.objects.get_or_create(provider=provider, defaults={"looked_at": now})
    mark = Mark.objects.select_for_update().get(provider=provider)
    if new or mark.looked_at <= now - WISHED_EVERY:
        _defer_reading(mark, now=now)


def look_after_events(provider: str, *, now: datetime) -> None:
    """Give the reading of a provider's list a job; callers see that it is time for it."""
    with transaction.atomic():
        Mark.objects.get_or_create(provider=provider, defaults={"looked_at": now})
        _defer_reading(Mark.objects.select_for_update().get(provider=provider), now=now)


def _defer_reading(mark: Mark, *, now: datetime) -> None:
    mark.looked_at = max(now, mark.looked_at)
    mark.save(update_fields=["looked_at"])
    app.configure_task(READ_EVENTS).defer(provider_id=mark.provider)


def read_events(provider_code: str, *, now: datetime) -> int:
    """Take every event of the provider's list that no callback has brought; return how many.

    What fits no top-up of ours is written down and named in the log, as a callback's would be.
    Raises Unavailable.
    """
    provider = installed_payments().provider(provider_code)
    if provider is None or not provider.capabilities.lists_events:
        return 0
    mark, _ = Mark.objects.get_or_create(provider=provider_code, defaults={"looked_at": now})
    since = None if mark.seen_until is None else mark.seen_until - LISTED_AGAIN
    listed = provider.events_since(since)
    seen_until, taken = mark.seen_until, 0
    while page := list(islice(listed, BATCH)):
        taken += _take(provider_code, page, now)
        latest = max(event.at for event in page)
        seen_until = latest if seen_until is None else max(seen_until, latest)
    if seen_until is not None:
        Mark.objects.filter(provider=provider_code).update(seen_until=seen_until)
    return taken


def _take(provider: str, page: list[ListedEvent], now: datetime) -> int:
    """Take what a page of the list has new; return how many."""
    notices = [event.notice for event in page if event.notice is not None]
    known = set(
        Notice.objects.filter(
            provider=provider, event_id__in=[notice.event_id for notice in notices]
        )
        .exclude(outcome__in=OPEN_OUTCOMES)
        .values_list("event_id", flat=True)
    )
    fresh = [notice for notice in notices if notice.event_id not in known]
    for notice in fresh:
        try:
            outcome = take_notice(provider, notice=notice, now=now)
            log.info("event found in the provider's list", provider=provider, outcome=outcome.value)
        except CallbackRefused as refusal:
            log.warning("event of the list fits nothing", provider=provider, **refusal.data)
    return len(fresh)
