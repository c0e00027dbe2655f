"""What carriers let us know: signed, fresh, and taken once (ADR 141)."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from django.core.cache import cache
from django.db import IntegrityError, transaction

from nummer.apps.incidents.actions.keys import secrets_of
from nummer.apps.incidents.errors import (
    NoticeMalformed,
    NoticeNotGenuine,
    NoticeReplayed,
    NoticeStale,
    NumberNotOfCarrier,
)
from nummer.apps.incidents.models import WORDS, CarrierEvent, CarrierNotice, Kind
from nummer.apps.numbers import queries as numbers
from nummer.kernel.ids import new_id
from nummer.kernel.phone import PhoneNumber

__all__ = ["CarrierEvent", "NoticeRow", "Signed", "require_reader", "sign", "take_notice"]

FRESH: Final = timedelta(minutes=5)
_CARRIER: Final = re.compile(r"[a-z0-9_-]{1,20}", re.ASCII)
_TIMESTAMP: Final = re.compile(r"[0-9]{10}", re.ASCII)
_NONCE: Final = re.compile(r"[A-Za-z0-9_-]{16,64}", re.ASCII)
_SIGNATURE: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_COUNTRY: Final = re.compile(r"[A-Z]{2}", re.ASCII)
_E164: Final = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
# What a customer may read in a mail: no address to click at, no markup.
_WORDS: Final = re.compile(r"[\w ,;:()'+-]{1,120}")
_FIELDS: Final = frozenset({"event", "number", "country", "reason", "words", "happened_at"})
_NO_KEY: Final = b"nobody signs with this, but the time it takes is the same"


@dataclass(frozen=True, slots=True)
class Signed:
    """A notice as it came: who says he sends it, when he signed, his nonce, his signature."""

    carrier: str
    timestamp: str  # seconds of Unix time
    nonce: str
    signature: str
    body: bytes


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A notice that was taken."""

    id: UUID
    carrier: str
    event: CarrierEvent
    number: PhoneNumber | None
    country: str
    reason: str
    words: str
    happened_at: datetime
    received_at: datetime


@dataclass(frozen=True, slots=True)
class _Said:
    event: CarrierEvent
    number: PhoneNumber | None
    country: str
    reason: str
    words: str
    happened_at: datetime


def take_notice(signed: Signed, *, received_at: datetime, now: datetime) -> NoticeRow:
    """Check whose a notice is, that it is fresh and new, and write it down.

    `received_at` is of the real clock, by which signatures age; `now` is the installation's.
    Nothing is read of a notice before its signature is right.
    Refuses: NoticeNotGenuine, NoticeStale, NoticeReplayed, NoticeMalformed, NumberNotOfCarrier.
    """
    _require_genuine(signed)
    signed_at = datetime.fromtimestamp(int(signed.timestamp), UTC)
    if abs(received_at - signed_at) > FRESH:
        raise NoticeStale(minutes=int(FRESH.total_seconds()) // 60)
    said = _read(signed.body, now=now)
    if said.number is not None and numbers.carrier_of(said.number) != signed.carrier:
        raise NumberNotOfCarrier
    row = CarrierNotice(
        id=new_id(),
        carrier=signed.carrier,
        event=said.event,
        number=said.number.e164 if said.number else "",
        country=said.country,
        reason=said.reason,
        words=said.words,
        happened_at=said.happened_at,
        received_at=now,
        nonce=signed.nonce,
        signed_at=signed_at,
        body_sha256=hashlib.sha256(signed.body).hexdigest(),
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        raise NoticeReplayed from None
    return notice_row(row)


def notices_of(carrier: str, *, before: UUID | None = None, limit: int = 50) -> list[NoticeRow]:
    """Return what one carrier let us know, newest first; `before` is the last id seen."""
    rows = CarrierNotice.objects.filter(carrier=carrier).order_by("-id")
    if before is not None:
        rows = rows.filter(id__lt=before)
    return [notice_row(row) for row in rows[:limit]]


def notice_row(row: CarrierNotice) -> NoticeRow:
    """Return a notice as others may see it."""
    return NoticeRow(
        row.id,
        row.carrier,
        CarrierEvent(row.event),
        PhoneNumber(row.number) if row.number else None,
        row.country,
        row.reason,
        row.words,
        row.happened_at,
        row.received_at,
    )


def require_reader(signed: Signed, *, received_at: datetime) -> str:
    """Return which carrier asks to read, checked as a notice is; `body` is what it asks for.

    `received_at` is of the real clock. Refuses: NoticeNotGenuine, NoticeStale, NoticeReplayed.
    """
    _require_genuine(signed)
    signed_at = datetime.fromtimestamp(int(signed.timestamp), UTC)
    if abs(received_at - signed_at) > FRESH:
        raise NoticeStale(minutes=int(FRESH.total_seconds()) // 60)
    kept_s = 2 * int(FRESH.total_seconds())
    if not cache.add(f"carrier-read:{signed.carrier}:{signed.nonce}", 1, kept_s):
        raise NoticeReplayed
    return signed.carrier


def sign(secret: bytes, *, timestamp: str, nonce: str, body: bytes) -> str:
    """Return the signature of a notice: HMAC-SHA256 over timestamp, nonce and body, in hex."""
    signed = b".".join((timestamp.encode(), nonce.encode(), body))
    return hmac.new(secret, signed, hashlib.sha256).hexdigest()


def _require_genuine(signed: Signed) -> None:
    """Refuses: NoticeNotGenuine; an unknown carrier takes as long as a wrong signature."""
    well_formed = (
        _CARRIER.fullmatch(signed.carrier)
        and _TIMESTAMP.fullmatch(signed.timestamp)
        and _NONCE.fullmatch(signed.nonce)
        and _SIGNATURE.fullmatch(signed.signature)
    )
    if not well_formed:
        raise NoticeNotGenuine
    genuine = False
    for secret in secrets_of(signed.carrier) or [_NO_KEY]:
        expected = sign(secret, timestamp=signed.timestamp, nonce=signed.nonce, body=signed.body)
        same = hmac.compare_digest(expected, signed.signature)
        genuine |= same and secret is not _NO_KEY
    if not genuine:
        raise NoticeNotGenuine


def _read(body: bytes, *, now: datetime) -> _Said:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        raise NoticeMalformed(field="body") from None
    if not isinstance(said, dict) or not said.keys() <= _FIELDS:
        raise NoticeMalformed(field="body")
    event = _event(said)
    return _Said(
        event=event,
        number=_number(said, event),
        country=_country(said),
        reason=_reason(said, event),
        words=_words(said, event),
        happened_at=_happened_at(said, now),
    )


def _event(said: Mapping[str, object]) -> CarrierEvent:
    value = said.get("event")
    if not isinstance(value, str) or value not in CarrierEvent.values:
        raise NoticeMalformed(field="event")
    return CarrierEvent(value)


def _number(said: Mapping[str, object], event: CarrierEvent) -> PhoneNumber | None:
    value = said.get("number")
    if value is None and event is not CarrierEvent.BLOCK:
        return None
    if not isinstance(value, str) or not _E164.fullmatch(value):
        raise NoticeMalformed(field="number")
    return PhoneNumber(value)


def _country(said: Mapping[str, object]) -> str:
    value = said.get("country", "")
    if not isinstance(value, str) or (value and not _COUNTRY.fullmatch(value)):
        raise NoticeMalformed(field="country")
    return value


def _reason(said: Mapping[str, object], event: CarrierEvent) -> str:
    """Return why a number was blocked; a reason that nobody gives is unknown (K21)."""
    value = said.get("reason", "unknown")
    if event is not CarrierEvent.BLOCK:
        if "reason" in said:
            raise NoticeMalformed(field="reason")
        return ""
    if not isinstance(value, str) or value not in WORDS[Kind.CARRIER_BLOCK]:
        raise NoticeMalformed(field="reason")
    return value


def carriers_words(text: str) -> bool:
    """Tell whether a customer may read these words of a carrier."""
    return _WORDS.fullmatch(text) is not None


def _words(said: Mapping[str, object], event: CarrierEvent) -> str:
    """Return the carrier's own words about a block, such as "numbering plan change"."""
    value = said.get("words", "")
    fits = value == "" or (isinstance(value, str) and carriers_words(value))
    if not fits or (value and event is not CarrierEvent.BLOCK):
        raise NoticeMalformed(field="words")
    assert isinstance(value, str), "what fits is a text"
    return value


def _happened_at(said: Mapping[str, object], now: datetime) -> datetime:
    """Return when it happened, in UTC; a clock a few minutes ahead of ours means now."""
    value = said.get("happened_at")
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
        if at is None or at.tzinfo is None or at - now > FRESH:
            raise NoticeMalformed(field="happened_at")
        return min(at.astimezone(UTC), now)
    except (ValueError, OverflowError):
        raise NoticeMalformed(field="happened_at") from None
