"""What carriers sign their notices with."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from nummer.apps.audit import actions as audit
from nummer.apps.incidents.errors import NoSuchCarrierKey, TooManyCarrierKeys
from nummer.apps.incidents.locks import lock_carrier
from nummer.apps.incidents.models import CarrierKey
from nummer.apps.vault.actions import seal_text, unseal_text
from nummer.apps.vault.keys import OPERATOR_ACCOUNT_ID, KeyClass
from nummer.kernel.ids import new_id

KEYS_MAX: Final = 2  # one, and the one that takes over
_KEY_BYTES: Final = 32
_PLACE: Final = "incidents_carrierkey.key"
_NO_KEY: Final = b"nobody has this one, but comparing it takes the same time"


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A carrier's key, without its secret."""

    id: UUID
    carrier: str
    added_at: datetime
    stopped_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key with its secret, which is shown this once."""

    key: KeyRow
    secret: str = field(repr=False)


def add_key(carrier: str, *, actor: str, now: datetime) -> NewKey:
    """Give a carrier a key; a second one takes over from the first.

    Refuses: TooManyCarrierKeys. Locks: the carrier's keys.
    """
    secret = secrets.token_urlsafe(_KEY_BYTES)
    row = CarrierKey(id=new_id(), carrier=carrier, added_at=now)
    row.key = seal_text(
        secret,
        account_id=OPERATOR_ACCOUNT_ID,
        klass=KeyClass.IDENTITY,
        place=_PLACE,
        row=row.id,
    )
    with transaction.atomic():
        lock_carrier(carrier)
        if CarrierKey.objects.filter(carrier=carrier, stopped_at=None).count() >= KEYS_MAX:
            raise TooManyCarrierKeys(limit=KEYS_MAX)
        row.save(force_insert=True)
        _record("add_carrier_key", row.id, actor=actor, now=now)
    return NewKey(_row(row), secret)


def stop_key(key_id: UUID, *, actor: str, now: datetime) -> None:
    """Take no notice signed with this key any more. Refuses: NoSuchCarrierKey."""
    with transaction.atomic():
        if not CarrierKey.objects.filter(id=key_id, stopped_at=None).update(stopped_at=now):
            raise NoSuchCarrierKey
        _record("stop_carrier_key", key_id, actor=actor, now=now)


def listed_keys() -> list[KeyRow]:
    """Return all keys by carrier, oldest first."""
    return [_row(row) for row in CarrierKey.objects.order_by("carrier", "id")[:500]]


def secrets_of(carrier: str) -> list[bytes]:
    """Return the secrets that a carrier may sign with now."""
    rows = CarrierKey.objects.filter(carrier=carrier, stopped_at=None).order_by("id")[:KEYS_MAX]
    return [
        unseal_text(
            bytes(row.key),
            account_id=OPERATOR_ACCOUNT_ID,
            klass=KeyClass.IDENTITY,
            place=_PLACE,
            row=row.id,
        ).encode()
        for row in rows
    ]


def _row(row: CarrierKey) -> KeyRow:
    return KeyRow(row.id, row.carrier, row.added_at, row.stopped_at)


def _record(verb: str, key_id: UUID, *, actor: str, now: datetime) -> None:
    audit.record(actor=actor, verb=verb, place="incidents_carrierkey", row=str(key_id), now=now)


def key_shown(carrier: str, *, secret: str, now: datetime) -> KeyRow | None:
    """Return the key that somebody shows as a carrier's; None where it is none of its own.

    An unknown carrier takes as long as a wrong key.
    """
    found = None
    rows = CarrierKey.objects.filter(carrier=carrier, stopped_at=None).order_by("id")[:KEYS_MAX]
    known: list[tuple[CarrierKey | None, bytes]] = list(
        zip(rows, secrets_of(carrier), strict=False)
    )
    for row, own in known or [(None, _NO_KEY)]:
        same = hmac.compare_digest(own, secret.encode())
        if same and row is not None:
            found = _row(row)
    if found is not None:
        audit.record(
            actor=f"carrier:{carrier}",
            verb="carrier_signed_in",
            place="incidents_carrierkey",
            row=str(found.id),
            now=now,
        )
    return found


def live_key(key_id: UUID) -> KeyRow | None:
    """Return a key that is in use; None once it was stopped."""
    row = CarrierKey.objects.filter(id=key_id, stopped_at=None).first()
    return None if row is None else _row(row)
