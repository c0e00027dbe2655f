"""A new secret for a key, while the old one works a little longer (ADR 431)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import F

from nummer.apps.accounts.actions import NewKey
from nummer.apps.accounts.errors import NoSuchKey, OverlapNotPossible
from nummer.apps.accounts.models import ApiKey
from nummer.apps.accounts.secrets import new_key_secret, secret_sha256, short_index
from nummer.apps.audit import actions as audit

OVERLAPS: Final = (timedelta(0), timedelta(hours=1), timedelta(days=1), timedelta(days=7))


def roll_key(account_id: int, *, key_id: UUID, overlap: timedelta, now: datetime) -> NewKey:
    """Give a key a new secret; the one of now works for `overlap` and then never again.

    Everything else of the key stays: its id, scopes, acceptances and limits. A secret of an
    earlier roll ends at once. Refuses: NoSuchKey (also a withdrawn or expired one),
    OverlapNotPossible. Locks: the key's row.
    """
    secret = new_key_secret()
    with transaction.atomic():
        key = (
            ApiKey.objects.select_for_update()
            .filter(account_id=account_id, id=key_id, revoked_at=None)
            .first()
        )
        if key is None or (key.expires_at is not None and key.expires_at <= now):
            raise NoSuchKey
        if overlap not in OVERLAPS:
            raise OverlapNotPossible
        stays = bool(overlap)
        key.old_sha256 = key.sha256 if stays else None
        key.old_short_index = key.short_index if stays else None
        key.old_until = now + overlap if stays else None
        key.sha256, key.short_index = secret_sha256(secret), short_index(secret)
        key.revision = F("revision") + 1
        key.save()
        audit.record(
            actor=f"customer:{account_id}",
            verb="roll_key",
            place="accounts_apikey",
            row=str(key_id),
            account_id=account_id,
            now=now,
        )
    return NewKey(key_id, account_id, secret)
