"""When a provider is asked what became of one page: soon after news of it, later each time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from procrastinate.contrib.django import app

from nummer.apps.payments.actions import rows
from nummer.apps.payments.models import TopUp, TopUpState
from nummer.apps.payments.ports import installed_payments
from nummer.kernel.jobs import CONCLUDE

LOOKED_AFTER: Final = timedelta(minutes=1)  # when a page whose job was lost is asked about again
BROUGHT_FORWARD: Final = timedelta(seconds=10)  # at most so often for customers who come back
GIVEN_UP_AFTER: Final = timedelta(hours=23)  # no provider's page lives longer


def wish_to_conclude(top_up: TopUp, *, now: datetime) -> None:
    """Have a job take what the customer agreed to; the top-up is locked."""
    top_up.ask_at = now + LOOKED_AFTER
    top_up.save(update_fields=["ask_at"])
    _defer(top_up)


def ask_soon(top_up: TopUp, *, now: datetime) -> None:
    """Bring forward when the provider is asked about this page; the top-up is locked."""
    provider = installed_payments().provider(top_up.provider)
    if provider is None or not provider.capabilities.concludes or not top_up.provider_reference:
        return
    soon = now + BROUGHT_FORWARD
    if top_up.ask_at is None or soon < top_up.ask_at:
        top_up.ask_at = soon
        top_up.save(update_fields=["ask_at"])


def look_after(account_id: int, *, top_up_id: UUID, now: datetime) -> None:
    """Have a job ask about a page that is due, and again later; in the end nobody asks."""
    with transaction.atomic():
        top_up = rows.locked(account_id, top_up_id)
        if top_up.ask_at is None or now < top_up.ask_at:
            return
        waited = now - top_up.started_at
        over = top_up.state == TopUpState.PAID or waited >= GIVEN_UP_AFTER
        top_up.ask_at = None if over else now + max(LOOKED_AFTER, waited)
        top_up.save(update_fields=["ask_at"])
        if not over:
            _defer(top_up)


def _defer(top_up: TopUp) -> None:
    app.configure_task(CONCLUDE).defer(account_id=top_up.account_id, top_up_id=str(top_up.id))
