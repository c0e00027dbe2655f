"""Which calls of programs a key lets in: until when, from where; and its last use (ADR 431).

Faces ask here and nowhere else: `queries.key_holder` says whose key it is and judges nothing.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from allauth.account.adapter import get_adapter
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.http import HttpRequest

from nummer.apps.accounts import actions, queries
from nummer.apps.accounts.models import ApiKey
from nummer.apps.accounts.networks import within
from nummer.apps.accounts.queries import KeyRow
from nummer.apps.vault.actions import seal_text
from nummer.apps.vault.keys import KeyClass
from nummer.kernel.remembered import Remembered

METHOD: Final = "api"
SEEN_EVERY_S: Final = 600.0  # the last use is told no more exactly than this
USE_KEPT: Final = timedelta(days=365)
_KEYS_MAX: Final = 20_000
_seen: Final[Remembered[tuple[str, str, float]]] = Remembered(_KEYS_MAX)


def address_of(request: HttpRequest) -> str:
    """Return where a call comes from; empty where that cannot be told."""
    try:
        found: str = get_adapter(request).get_client_ip(request)
    except PermissionDenied:
        return ""
    return found


def admit(secret: str, *, address: str, now: datetime, reading: bool = False) -> KeyRow | None:
    """Return whose key this is, if it opens anything now and from there, or None."""
    return _judged(queries.key_holder(secret, reading=reading), address, now)


def admit_as_known(
    secret: str, *, address: str, now: datetime, fresh: bool = False
) -> KeyRow | None:
    """Do the same by what this process knows, as `queries.key_holder_as_known` says.

    What it knows may only let in; before it keeps somebody out the key is looked at anew.
    """
    row = queries.key_holder_as_known(secret, fresh=fresh)
    if not fresh and row is not None and not _opens(row, address, now):
        row = queries.key_holder_as_known(secret, fresh=True)
    return _judged(row, address, now)


def _opens(row: KeyRow, address: str, now: datetime) -> bool:
    lasts = row.until is None or row.until > now
    return lasts and within(row.networks, address=address)


def _judged(row: KeyRow | None, address: str, now: datetime) -> KeyRow | None:
    if row is None or (row.until is not None and row.until <= now):
        return None
    if not within(row.networks, address=address):
        name = f"{row.id} {row.known}"
        actions.note_stranger(row.account_id, secret=name, method=METHOD, address=address, now=now)
        return None
    _note_use(row, address, now)
    return row


def _note_use(row: KeyRow, address: str, now: datetime) -> None:
    """Write day and address of a key's last use, seldom enough to cost its calls nothing."""
    day = now.astimezone(UTC).date()
    seen = _seen.get(row.id)
    if seen is not None:
        same = seen[:2] == (day.isoformat(), address)
        if same or (seen[0] == day.isoformat() and time.monotonic() - seen[2] < SEEN_EVERY_S):
            return
    try:
        with transaction.atomic():
            rows = ApiKey.objects.filter(account_id=row.account_id, id=row.id)
            rows.update(used_on=day, used_from=_sealed(address, row.account_id, row.id))
    except DatabaseError:  # a full disk must not stop a call that only reads (ADR 83)
        return
    _seen.keep(row.id, (day.isoformat(), address, time.monotonic()))


def _sealed(address: str, account_id: int, key_id: UUID) -> bytes:
    return seal_text(
        address,
        account_id=account_id,
        klass=KeyClass.IDENTITY,
        place="accounts_apikey.used_from",
        row=key_id,
    )


def oldest_use(*, until: datetime) -> tuple[datetime, UUID] | None:
    """Return when the oldest address of a last use is to be forgotten, if that is by `until`."""
    rows = ApiKey.objects.filter(
        used_from__isnull=False, used_on__lte=(until - USE_KEPT).astimezone(UTC).date()
    )
    found = rows.order_by("used_on", "id").values_list("used_on", "id").first()
    if found is None or found[0] is None:
        return None
    begins = datetime(found[0].year, found[0].month, found[0].day, tzinfo=UTC)
    return begins + USE_KEPT, found[1]


def forget_uses(*, now: datetime) -> None:
    """Forget from where keys were used a year ago; the day stays with the key."""
    day = (now - USE_KEPT).astimezone(UTC).date()
    ApiKey.objects.filter(used_from__isnull=False, used_on__lte=day).update(used_from=None)
