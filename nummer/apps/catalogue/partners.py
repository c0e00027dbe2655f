"""Partners: who brings the numbers of a carrier, what he pushed, and what we ask him (ADR 91)."""

from __future__ import annotations

import hashlib
import secrets
import string
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from nummer.apps.audit import actions as audit
from nummer.apps.catalogue.errors import NoSuchPartner, PartnerAddressRefused, PartnerTaken
from nummer.apps.catalogue.models import Country, Partner, PartnerPush
from nummer.apps.catalogue.ports import NumberPartner, connect_partner
from nummer.apps.outbound.actions import clear
from nummer.apps.outbound.register import PARTNER
from nummer.apps.vault.actions import seal_text, unseal_text
from nummer.apps.vault.keys import OPERATOR_ACCOUNT_ID, KeyClass
from nummer.kernel.ids import new_id
from nummer.kernel.money import Money
from nummer.protocols.partner import End, PartnerNumber, PartnerStock

URL_LENGTH_MAX: Final = 300
LISTED_MAX: Final = 500
ANY_OPERATOR: Final = "any"
_LETTERS: Final = string.ascii_letters + string.digits
_KEY_LENGTH: Final = 32  # 190 bits
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
_PLACE: Final = "catalogue_partner.key"


@dataclass(frozen=True, slots=True)
class PartnerRow:
    """A partner, without his key."""

    id: UUID
    carrier: str
    url: str
    added_at: datetime
    stopped_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewPartner:
    """A partner with the key that he and we show each other."""

    partner: PartnerRow
    key: str = field(repr=False)


def add_partner(
    carrier: str, *, url: str = "", loopback: bool, actor: str, now: datetime
) -> NewPartner:
    """Let a partner bring the SMS of a carrier's numbers.

    `url` is his server, where he has one; `loopback` lets it be on this machine (sandbox).
    Refuses: PartnerTaken, PartnerAddressRefused.
    """
    _require_address(url, loopback=loopback)
    key = "".join(secrets.choice(_LETTERS) for _ in range(_KEY_LENGTH))
    row = Partner(
        id=new_id(), carrier=carrier, key_sha256=_sha256(key), key=b"", url=url, added_at=now
    )
    row.key = seal_text(
        key,
        account_id=OPERATOR_ACCOUNT_ID,
        klass=KeyClass.IDENTITY,
        place=_PLACE,
        row=row.id,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            _record("add_partner", row.id, actor=actor, now=now)
    except IntegrityError:
        raise PartnerTaken from None
    return NewPartner(_row(row), key)


def stop_partner(carrier: str, *, actor: str, now: datetime) -> None:
    """Take nothing from a partner any more, and ask him nothing. Refuses: NoSuchPartner."""
    with transaction.atomic():
        rows = Partner.objects.filter(carrier=carrier)
        if not rows.exists():
            raise NoSuchPartner
        if rows.filter(stopped_at=None).update(stopped_at=now):
            _record("stop_partner", rows.get().id, actor=actor, now=now)


def partners() -> list[PartnerRow]:
    """Return all partners by carrier."""
    return [_row(row) for row in Partner.objects.order_by("carrier")[:LISTED_MAX]]


def partner_by_key(key: str) -> PartnerRow | None:
    """Return whose key this is; None for unknown ones and those who were stopped."""
    row = Partner.objects.filter(key_sha256=_sha256(key), stopped_at=None).first()
    return _row(row) if row else None


def key_of(carrier: str) -> str:
    """Return the key of a carrier's partner, for him and for our questions to him.

    Refuses: NoSuchPartner.
    """
    return _key(_known(carrier))


def note_push(partner_id: UUID, *, push_id: int, now: datetime) -> bool:
    """Write down that a push is being taken, and say whether it is the first time.

    Call inside the transaction that stores what it brings: a second one waits for its end.
    """
    assert connection.in_atomic_block, "a push is noted with what it brings"
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO catalogue_partnerpush (partner_id, push_id, taken_at)"
            " VALUES (%s, %s, %s) ON CONFLICT (partner_id, push_id) DO NOTHING",
            [partner_id, push_id, now],
        )
        return bool(cursor.rowcount)


def forget_pushes(*, before: datetime) -> int:
    """Delete what was taken before a moment and return how many rows went."""
    return PartnerPush.objects.filter(taken_at__lt=before).delete()[0]


def ask_services(carrier: str, *, now: datetime) -> list[PartnerStock]:
    """Ask a partner what he has free. Refuses: NoSuchPartner. Raises Unavailable."""
    server = _server(carrier)
    return server.services(clear(PARTNER, "stock", {}, account_id=None, now=now))


def take_number(
    carrier: str,
    *,
    country: str,
    service: str,
    price: Money,
    currency_number: int,
    operator: str = ANY_OPERATOR,
    excluded_prefixes: Sequence[str] = (),
    now: datetime,
) -> PartnerNumber | None:
    """Have a partner keep a number for us; None where he has none.

    Refuses: NoSuchPartner. Raises Unavailable, after which it is not known whether he keeps one.
    """
    server = _server(carrier)
    fields = {
        "country": str(Country.objects.get(code=country).activate_id),
        "operator": operator,
        "service": service,
        "price": price.decimal_text(),
        "currency": str(currency_number),
        "excluded": ",".join(excluded_prefixes),
    }
    return server.take_number(clear(PARTNER, "number", fields, account_id=None, now=now))


def finish_use(carrier: str, *, activation_id: int, end: End, now: datetime) -> None:
    """Tell a partner how the use of his number ended; telling it again changes nothing.

    Refuses: NoSuchPartner. Raises Unavailable.
    """
    server = _server(carrier)
    fields = {"activation": str(activation_id), "end": str(int(end))}
    server.finish(clear(PARTNER, "end-of-use", fields, account_id=None, now=now))


def _server(carrier: str) -> NumberPartner:
    row = _known(carrier)
    if not row.url:
        raise NoSuchPartner
    return connect_partner(row.url, key=_key(row))


def _known(carrier: str) -> Partner:
    row = Partner.objects.filter(carrier=carrier, stopped_at=None).first()
    if row is None:
        raise NoSuchPartner
    return row


def _key(row: Partner) -> str:
    return unseal_text(
        bytes(row.key),
        account_id=OPERATOR_ACCOUNT_ID,
        klass=KeyClass.IDENTITY,
        place=_PLACE,
        row=row.id,
    )


def _require_address(url: str, *, loopback: bool) -> None:
    if not url:
        return
    try:
        parts = urlsplit(url)
        host = parts.hostname
        _ = parts.port
    except ValueError:
        raise PartnerAddressRefused from None
    here = loopback and parts.scheme == "http" and host in _LOOPBACK
    if len(url) > URL_LENGTH_MAX or not host or parts.username or parts.password:
        raise PartnerAddressRefused
    if not (parts.scheme == "https" or here):
        raise PartnerAddressRefused


def _sha256(key: str) -> bytes:
    return hashlib.sha256(key.encode(errors="replace")).digest()


def _row(row: Partner) -> PartnerRow:
    return PartnerRow(row.id, row.carrier, row.url, row.added_at, row.stopped_at)


def _record(verb: str, partner_id: UUID, *, actor: str, now: datetime) -> None:
    audit.record(actor=actor, verb=verb, place="catalogue_partner", row=str(partner_id), now=now)
