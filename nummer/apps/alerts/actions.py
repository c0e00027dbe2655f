"""The verbs of alerts: begin to watch, look, tell."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from procrastinate.contrib.django import app

from nummer.apps.alerts.models import Alert, Look
from nummer.apps.alerts.ports import Trouble, channels, watches
from nummer.apps.notify import actions as notify
from nummer.apps.notify.reach import Reach
from nummer.apps.outbound.actions import clear
from nummer.apps.outbound.register import OPERATOR_SERVER
from nummer.apps.vault.keys import OPERATOR_ACCOUNT_ID
from nummer.kernel.ids import id_of, new_id
from nummer.kernel.jobs import TELL_ALERT
from nummer.kernel.locale import DRAFTING_LANGUAGE

HOLD: Final = timedelta(seconds=50)  # so long a trouble lasts before anybody is told
RAISED, REPEATED, CLEARED = "raised", "repeated", "cleared"


def watch_everything(*, now: datetime) -> None:
    """Give every kind of trouble its due row; repeating changes nothing."""
    Look.objects.bulk_create(
        [Look(kind=kind, due_at=now) for kind in sorted(watches())], ignore_conflicts=True
    )


def look(kind: str, *, at: datetime, now: datetime) -> None:
    """Look for one kind of trouble: tell what is new, again what stays, and what has gone.

    `at` is when it was due; a look that was made already is not made twice.
    Locks: the look's row.
    """
    watch = watches().get(kind)
    if watch is None:  # of another release
        Look.objects.filter(kind=kind).delete()
        return
    troubles = watch.look(now)  # may wait for the outside, so it holds no lock
    with transaction.atomic():
        row = Look.objects.select_for_update().filter(kind=kind, due_at=at).first()
        if row is None:
            return
        _compare(kind, troubles, now)
        row.due_at = now + watch.every
        row.save(update_fields=["due_at"])


def tell(alert_id: UUID, *, telling: str, now: datetime) -> None:
    """Call the operator's server about an alert. Raises Unavailable: it did not take it.

    `telling` is a word and the how manieth it is, as "raised-1".
    """
    call = channels().call
    row = Alert.objects.filter(id=alert_id).first()
    if call is None or row is None:
        return
    body = {
        "type": f"alert.{telling.partition('-')[0]}",
        "timestamp": now.isoformat(),
        "data": {
            "id": str(row.id),
            "kind": row.kind,
            "subject": row.subject,
            "said": row.said,
            "raised_at": row.raised_at.isoformat() if row.raised_at else None,
            "cleared_at": row.cleared_at.isoformat() if row.cleared_at else None,
        },
    }
    let_go = clear(OPERATOR_SERVER, "alert", {"body": json.dumps(body)}, account_id=None, now=now)
    call(f"{row.id}-{telling}", let_go)


def _compare(kind: str, troubles: Sequence[Trouble], now: datetime) -> None:
    found = {trouble.subject: trouble.said[:300] for trouble in troubles}
    known = {row.subject: row for row in Alert.objects.filter(kind=kind, cleared_at=None)}
    for subject, row in sorted(known.items()):
        if subject in found:
            _goes_on(row, found[subject], now)
        else:
            _gone(row, now)
    Alert.objects.bulk_create(
        Alert(id=new_id(), kind=kind, subject=subject, said=said, seen_at=now)
        for subject, said in sorted(found.items())
        if subject not in known
    )


def _goes_on(row: Alert, said: str, now: datetime) -> None:
    row.said = said
    if row.raised_at is None and now - row.seen_at >= HOLD:
        row.raised_at = now
        _told(row, RAISED, now)
    elif row.told_at is not None and now - row.told_at >= channels().repeat_after:
        _told(row, REPEATED, now)
    row.save()


def _gone(row: Alert, now: datetime) -> None:
    if row.raised_at is None:
        row.delete()  # nobody was told
        return
    row.cleared_at = now
    _told(row, CLEARED, now)
    row.save()


def _told(row: Alert, word: str, now: datetime) -> None:
    """Write a letter and a job, in the transaction that saves the row."""
    row.told_at, row.times_told = now, row.times_told + 1
    notify.send_letter(
        OPERATOR_ACCOUNT_ID,
        letter="alert",
        context={
            "word": word,
            "kind": row.kind,
            "subject": row.subject,
            "said": row.said,
            "at": row.seen_at.strftime("%Y-%m-%d %H:%M"),
        },
        now=now,
        key=id_of("alert", row.id, row.times_told),
        reach=Reach(to=channels().mail_to, language=DRAFTING_LANGUAGE),
    )
    if channels().call is not None:
        task = app.configure_task(TELL_ALERT)
        task.defer(alert_id=str(row.id), telling_id=f"{word}-{row.times_told}")
