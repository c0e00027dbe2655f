"""Telling customers that papers which a number of theirs needs will count no longer."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from nummer.apps.identity import ports
from nummer.apps.identity.models import Papers
from nummer.apps.identity.words import State
from nummer.apps.notify import actions as notify
from nummer.kernel.ids import id_of

REMINDED_BEFORE: Final = timedelta(days=30)


def reminder_of(expires_on: date | None, *, now: datetime) -> datetime | None:
    """Return when the holder of papers is told that they expire; None: never, or too late."""
    if expires_on is None:
        return None
    at = datetime.combine(expires_on, time(9), UTC) - REMINDED_BEFORE
    return at if at > now else None


def remind(account_id: int, *, papers_id: UUID, now: datetime) -> None:
    """Write to the holder, once, if anything needs the papers still. Locks: the papers."""
    with transaction.atomic():
        rows = Papers.objects.select_for_update().filter(account_id=account_id, id=papers_id)
        row = rows.filter(state=State.APPROVED, remind_at__lte=now).first()
        if row is None or row.expires_on is None:
            return
        row.remind_at = None
        row.save(update_fields=["remind_at"])
        if ports.needed_until(account_id, now=now) != now:
            return
        notify.send_letter(
            account_id,
            letter="papers-expiring",
            context={"expires_on": row.expires_on.isoformat()},
            now=now,
            key=id_of("papers-expiring", row.id),
        )
