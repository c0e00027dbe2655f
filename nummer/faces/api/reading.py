"""Reads a request: its key, its body, its parameters, each within bounds."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from math import ceil
from typing import Final, TypeVar
from uuid import UUID

from django.http import HttpRequest

from nummer.apps.accounts import admission
from nummer.apps.accounts.queries import KeyRow
from nummer.faces.api.errors import (
    BodyMalformed,
    BodyTooLarge,
    CallsTooMany,
    FieldMalformed,
    IdempotencyKeyMissing,
    KeyNotValid,
    KeyReadsOnly,
    PaymentNumberSent,
)
from nummer.faces.api.scopes import scope_of
from nummer.kernel import clock
from nummer.kernel.errors import Refusal
from nummer.kernel.limits import PROGRAMS
from nummer.kernel.money import Money
from nummer.kernel.phone import PhoneNumber
from nummer.kernel.redact import holds_number

Json = str | int | float | bool | None | Mapping[str, "Json"] | Sequence["Json"]

Choice = TypeVar("Choice", bound=StrEnum)

BODY_BYTES_MAX: Final = 64 * 1024
TEXT_LENGTH_MAX: Final = 255
PAGE_LENGTH: Final = 50
PAGE_LENGTH_MAX: Final = 200
BIGINT_MAX: Final = 2**63 - 1

_KEY = re.compile(r"Bearer +([\x21-\x7e]{1,200})", re.IGNORECASE)
_VISIBLE = re.compile(r"[\x21-\x7e]{1,255}")
_WHOLE = re.compile(r"[0-9]{1,19}", re.ASCII)
_NOT_TEXT = re.compile("[\x00\ud800-\udfff]")  # no database keeps them
_E164 = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
_CONTROL = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")  # lone halves of a pair too


@dataclass(frozen=True, slots=True)
class Caller:
    """A program whose key is known, and the moment of its call."""

    account_id: int
    key_id: UUID
    now: datetime

    @property
    def actor(self) -> str:
        """Return who acts, as the record names it."""
        return f"key:{self.key_id}"


def is_program(request: HttpRequest) -> bool:
    """Say whether somebody's key comes with a request, and counts no call."""
    holder = _holder(request, clock.now())
    return holder is not None and not holder.reads_only


def caller_of(request: HttpRequest, *, now: datetime) -> Caller:
    """Return who calls. Refuses: KeyNotValid, KeyReadsOnly, KeyLacksScope, CallsTooMany."""
    holder = _holder(request, now)
    if holder is None:
        raise KeyNotValid
    if holder.reads_only and request.method != "GET":
        raise KeyReadsOnly
    holder.require(scope_of(request.path, method=request.method or ""))
    wait_s = PROGRAMS.wait_s(holder.id)
    if wait_s:
        raise CallsTooMany(retry_after_s=ceil(wait_s))
    return Caller(holder.account_id, holder.id, now)


def _holder(request: HttpRequest, now: datetime) -> KeyRow | None:
    sent = _KEY.fullmatch(request.headers.get("Authorization", ""))
    if sent is None:
        return None
    return admission.admit(sent[1], address=admission.address_of(request), now=now, reading=True)


def idempotency_key(request: HttpRequest) -> str:
    """Return the caller's own key of this purchase. Refuses: IdempotencyKeyMissing."""
    key = request.headers.get("Idempotency-Key", "")
    if not _VISIBLE.fullmatch(key):
        raise IdempotencyKeyMissing
    return key


def body_of(
    request: HttpRequest,
    *,
    fields: frozenset[str],
    bytes_max: int = BODY_BYTES_MAX,
    required: bool = True,
) -> Mapping[str, Json]:
    """Return the JSON object sent. Refuses: BodyTooLarge, BodyMalformed, FieldMalformed.

    A field that the description does not name is refused: a misspelt limit must not be ignored.
    Where none is required, no body is an empty one.
    """
    sent = request.read(bytes_max + 1)
    if len(sent) > bytes_max:
        raise BodyTooLarge
    if not sent and not required:
        return {}
    try:
        read = json.loads(sent)
    except (ValueError, RecursionError):
        raise BodyMalformed from None
    if not isinstance(read, dict):
        raise BodyMalformed
    for name in read:
        if name not in fields:
            raise FieldMalformed(field=_CONTROL.sub("?", name[:40]))  # it comes back in the answer
    return read


def text_of(
    body: Mapping[str, Json], name: str, *, required: bool, longest: int = TEXT_LENGTH_MAX
) -> str:
    """Return a field's text, empty where it may be missing.

    Refuses: FieldMalformed, PaymentNumberSent.
    """
    value = body.get(name)
    if value is None and not required:
        return ""
    if not isinstance(value, str) or not value or len(value) > longest:
        raise FieldMalformed(field=name)
    if _CONTROL.search(value):
        raise FieldMalformed(field=name)
    if holds_number(value):
        raise PaymentNumberSent(field=name)
    return value


def message_of(body: Mapping[str, Json], name: str) -> str:
    """Return the words of a message as they were sent, with lines of their own.

    How long it may be and what can be sent, the verb says. Refuses: FieldMalformed,
    PaymentNumberSent.
    """
    value = body.get(name)
    if not isinstance(value, str) or _NOT_TEXT.search(value):
        raise FieldMalformed(field=name)
    if holds_number(value):
        raise PaymentNumberSent(field=name)
    return value


def parameter(request: HttpRequest, name: str) -> str:
    """Return a query parameter, empty where it is missing.

    Refuses: FieldMalformed, PaymentNumberSent.
    """
    value = request.GET.get(name, "")
    if len(value) > TEXT_LENGTH_MAX or _CONTROL.search(value):
        raise FieldMalformed(field=name)
    if holds_number(value):
        raise PaymentNumberSent(field=name)
    return value


def page_length(request: HttpRequest) -> int:
    """Return how many rows a page has. Refuses: FieldMalformed."""
    value = parameter(request, "limit")
    if not value:
        return PAGE_LENGTH
    if not _WHOLE.fullmatch(value) or not 1 <= int(value) <= PAGE_LENGTH_MAX:
        raise FieldMalformed(field="limit")
    return int(value)


def before_id(request: HttpRequest) -> int | None:
    """Return the id before which a page begins, None for the first page."""
    value = parameter(request, "before")
    if not value:
        return None
    if not _WHOLE.fullmatch(value) or int(value) > BIGINT_MAX:
        raise FieldMalformed(field="before")
    return int(value)


def before_uuid(request: HttpRequest, name: str = "before") -> UUID | None:
    """Return the id at which a page begins, None for the first page. Refuses: FieldMalformed."""
    value = parameter(request, name)
    try:
        return UUID(value) if value else None
    except ValueError:
        raise FieldMalformed(field=name) from None


def named_id(text: str, refusal: type[Refusal]) -> UUID:
    """Return an id that the address names; what is none is answered as one that is unknown."""
    try:
        return UUID(text)
    except ValueError:
        raise refusal from None


def choice_of(text: str, choices: type[Choice], *, field: str) -> Choice:
    """Return a word of ours. Refuses: FieldMalformed."""
    try:
        return choices(text)
    except ValueError:
        raise FieldMalformed(field=field) from None


def flag_of(body: Mapping[str, Json], name: str) -> bool | None:
    """Return true or false, None where the field is missing. Refuses: FieldMalformed."""
    value = body.get(name)
    if value is not None and not isinstance(value, bool):
        raise FieldMalformed(field=name)
    return value


def yes_or_no(request: HttpRequest, name: str) -> bool | None:
    """Return a query parameter that is true or false, None where it is missing.

    Refuses: FieldMalformed.
    """
    value = parameter(request, name)
    if value not in ("", "true", "false"):
        raise FieldMalformed(field=name)
    return value == "true" if value else None


def texts_of(body: Mapping[str, Json], name: str, *, most: int) -> list[str] | None:
    """Return a list of texts, None where the field is missing. Refuses: FieldMalformed."""
    value = body.get(name)
    if value is None:
        return None
    if not isinstance(value, list) or len(value) > most:
        raise FieldMalformed(field=name)
    found = [one for one in value if isinstance(one, str) and len(one) <= TEXT_LENGTH_MAX]
    if len(found) < len(value) or any(map(_CONTROL.search, found)):
        raise FieldMalformed(field=name)
    return found


def moment_of(body: Mapping[str, Json], name: str) -> datetime | None:
    """Return a moment (ISO 8601 with its offset), None where the field is missing.

    Refuses: FieldMalformed.
    """
    return _moment(text_of(body, name, required=False), name)


def moment_parameter(request: HttpRequest, name: str) -> datetime | None:
    """Return a moment of a query, None where it is missing. Refuses: FieldMalformed."""
    return _moment(parameter(request, name), name)


def phone_of(body: Mapping[str, Json], name: str) -> PhoneNumber | None:
    """Return a number in the form of E.164, None where the field is missing.

    Refuses: FieldMalformed.
    """
    given = text_of(body, name, required=False)
    if not given:
        return None
    if not _E164.fullmatch(given):
        raise FieldMalformed(field=name)
    return PhoneNumber(given)


def money_of(body: Mapping[str, Json], name: str, *, currency: str) -> Money | None:
    """Return a sum, None where the field is missing. Refuses: FieldMalformed."""
    given = text_of(body, name, required=False)
    try:
        return Money.parse(given, currency) if given else None
    except ValueError:
        raise FieldMalformed(field=name) from None


def moment(at: datetime | None) -> str | None:
    """Write a moment, or that there is none."""
    return None if at is None else at.isoformat()


def _moment(text: str, name: str) -> datetime | None:
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
        if found.tzinfo is None:
            raise FieldMalformed(field=name)
        return found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise FieldMalformed(field=name) from None
