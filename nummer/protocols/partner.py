"""The protocol between an operator and a partner who owns SIM cards: JSON by POST, both ways.

A partner pushes what arrived (`PUSH_SMS`), again every ten seconds until he reads SUCCESS; we ask
him what he has (`GET_SERVICES`), for a number (`GET_NUMBER`), and say how its use ended
(`FINISH_ACTIVATION`). What cannot be read is `Unreadable`, whose text names a field and no value.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Final

from nummer.kernel.phone import DIGITS_MAX, DIGITS_MIN, PhoneNumber

SENDER_LENGTH_MAX: Final = 64
TEXT_LENGTH_MAX: Final = 4000  # a long SMS has at most 255 parts; partners join them
NAME_LENGTH_MAX: Final = 64
ROWS_MAX: Final = 100_000  # of an answer about stock
ID_MAX: Final = 2**63 - 1

_DIGITS = re.compile(r"[0-9]{1,19}", re.ASCII)
_UNWRITABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")


class Unreadable(ValueError):  # noqa: N818 -- it says what the other side sent
    """What came is not of the protocol; the text names the field."""


class Push(StrEnum):
    """What a partner tells us."""

    SMS = "PUSH_SMS"
    CALL = "PUSH_CALL"
    CALL_RECORD = "PUSH_CALL_RECORD"


class End(IntEnum):
    """How the use of a partner's number ended, in the numbers of the protocol."""

    FORBIDDEN = 1  # the service refuses the number: offer it for that service no more
    SOLD = 3
    CANCELLED = 4
    RETURNED = 5


@dataclass(frozen=True, slots=True)
class PushedSms:
    """An SMS as a partner pushed it; `push_id` is the same when he repeats it."""

    push_id: int
    number: PhoneNumber
    sender: str = field(repr=False)
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PartnerStock:
    """How many numbers of a country and operator are free for a service."""

    country: str
    operator: str
    service: str
    free: int


@dataclass(frozen=True, slots=True)
class PartnerNumber:
    """A number that a partner keeps for us, and what he calls its use."""

    number: PhoneNumber
    activation_id: int


def read_sms(said: Mapping[str, object]) -> PushedSms:
    """Read a PUSH_SMS; what no sender can have is marked in it. Raises Unreadable."""
    return PushedSms(
        push_id=_whole(said, "smsId"),
        number=_number(said, "phone"),
        sender=_UNWRITABLE.sub("\ufffd", _text(said, "phoneFrom", length_max=SENDER_LENGTH_MAX)),
        text=_text(said, "text", length_max=TEXT_LENGTH_MAX),
    )


def success() -> dict[str, str]:
    """Return the answer that ends a partner's repeating."""
    return {"status": "SUCCESS"}


def error(word: str) -> dict[str, str]:
    """Return the answer that something was not taken, with a word for it."""
    return {"status": "ERROR", "error": word}


def ask_services(key: str) -> dict[str, object]:
    """Ask what a partner has."""
    return {"action": "GET_SERVICES", "key": key}


def ask_number(
    key: str,
    *,
    country: int,
    operator: str,
    service: str,
    price: float,
    currency: int,
    excluded: list[str],
) -> dict[str, object]:
    """Ask for a number for one service; `price` is what the partner gets when it is sold."""
    return {
        "action": "GET_NUMBER",
        "key": key,
        "country": country,
        "operator": operator,
        "service": service,
        "sum": price,
        "currency": currency,
        **({"exceptionPhoneSet": excluded} if excluded else {}),
    }


def say_end(key: str, *, activation_id: int, end: End) -> dict[str, object]:
    """Say how the use of a number ended."""
    return {
        "action": "FINISH_ACTIVATION",
        "key": key,
        "activationId": activation_id,
        "status": int(end),
    }


def read_services(body: bytes) -> list[PartnerStock]:
    """Read the answer to GET_SERVICES; a count below nought is none. Raises Unreadable."""
    said = _successful(body)
    countries = said.get("countryList")
    if not isinstance(countries, list):
        raise Unreadable("countryList")
    found = []
    for row in _rows(countries):
        found.append(row)
        if len(found) > ROWS_MAX:
            raise Unreadable("countryList")
    return found


def read_number(body: bytes) -> PartnerNumber | None:
    """Read the answer to GET_NUMBER; None: the partner has none. Raises Unreadable."""
    said = _object(body)
    if said.get("status") == "NO_NUMBERS":
        return None
    said = _successful(body)
    return PartnerNumber(_number(said, "number"), _whole(said, "activationId"))


def read_end(body: bytes) -> None:
    """Read the answer to FINISH_ACTIVATION. Raises Unreadable where it is no success."""
    _successful(body)


def _rows(countries: list[object]) -> Iterator[PartnerStock]:
    for country in countries:
        if not isinstance(country, dict) or not isinstance(country.get("operatorMap"), dict):
            raise Unreadable("operatorMap")
        for operator, services in country["operatorMap"].items():
            if not isinstance(services, dict):
                raise Unreadable("operatorMap")
            for service, free in services.items():
                if isinstance(free, bool) or not isinstance(free, int):
                    raise Unreadable("operatorMap")
                place = str(country.get("country"))
                if not all(map(_is_name, (place, operator, service))):
                    raise Unreadable("operatorMap")
                yield PartnerStock(place, operator, service, max(0, free))


def _is_name(text: str) -> bool:
    """Say whether it can be shown in a terminal: printable, and short."""
    return len(text) <= NAME_LENGTH_MAX and text.isprintable()


def _successful(body: bytes) -> Mapping[str, object]:
    said = _object(body)
    if said.get("status") != "SUCCESS":
        raise Unreadable("status")
    return said


def _object(body: bytes) -> Mapping[str, object]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        raise Unreadable("body") from None
    if not isinstance(said, dict):
        raise Unreadable("body")
    return said


def _whole(said: Mapping[str, object], name: str) -> int:
    value = said.get(name)
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= ID_MAX:
        raise Unreadable(name)
    return value


def _number(said: Mapping[str, object], name: str) -> PhoneNumber:
    value = said.get(name)
    digits = str(_whole({name: value.removeprefix("+") if isinstance(value, str) else value}, name))
    if not DIGITS_MIN <= len(digits) <= DIGITS_MAX:
        raise Unreadable(name)
    return PhoneNumber(f"+{digits}")


def _text(said: Mapping[str, object], name: str, *, length_max: int) -> str:
    value = said.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)  # a sender of digits
    if not isinstance(value, str) or not value or len(value) > length_max:
        raise Unreadable(name)
    return value
