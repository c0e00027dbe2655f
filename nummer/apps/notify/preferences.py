"""By which channel a customer wants letters of the service: by mail, or on his page (LD-D4)."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db import transaction

from nummer.apps.accounts import profiles
from nummer.apps.accounts.profiles import Field
from nummer.apps.audit import actions as audit
from nummer.apps.notify.models import Preference

MAIL: Final = "mail"
PAGE: Final = "page"


def channel(account_id: int) -> str:
    """Return the channel that a customer prefers; mail where he never chose."""
    found = Preference.objects.filter(account_id=account_id).values_list("channel", flat=True)
    return found.first() or MAIL


@transaction.atomic
def prefer(account_id: int, *, wanted: str, now: datetime) -> None:
    """Keep the channel that a customer prefers. Repeating it changes nothing."""
    assert wanted in (MAIL, PAGE), "faces offer these two"
    before = channel(account_id)
    if before == wanted:
        return
    profiles.note(account_id, Field.CHANNEL, before=before, after=wanted, now=now)
    Preference.objects.update_or_create(
        account_id=account_id, defaults={"channel": wanted, "chosen_at": now}
    )
    audit.record(
        actor=f"customer:{account_id}",
        verb="prefer",
        place="notify_preference",
        row=str(account_id),
        account_id=account_id,
        now=now,
    )
