"""Judges one line of a list of numbers."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import phonenumbers

from nummer.kernel.locale import gettext_noop
from nummer.kernel.phone import PhoneNumber

KINDS: Final = frozenset({"local", "mobile", "national", "tollfree"})
_CARRIER: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,19}")
_YES: Final = frozenset({"yes", "y", "1", "true", "ja", "j", "x"})
_NO: Final = frozenset({"no", "n", "0", "false", "nei", "nein", ""})


class Reason(StrEnum):
    """Why a line was refused; its sentence stands in REASONS."""

    FIELDS = "fields"
    NUMBER = "number"
    COUNTRY = "country"
    ELSEWHERE = "elsewhere"
    CARRIER = "carrier"
    KIND = "kind"
    ABILITY = "ability"
    USELESS = "useless"
    KNOWN = "known"
    CITY = "city"


REASONS: Final[Mapping[Reason, str]] = {
    Reason.FIELDS: gettext_noop("The line has more or fewer fields than the heading."),
    Reason.NUMBER: gettext_noop("This is not a phone number."),
    Reason.COUNTRY: gettext_noop("We do not know this country."),
    Reason.ELSEWHERE: gettext_noop("The number belongs to another country than the line says."),
    Reason.CARRIER: gettext_noop(
        "A carrier is named by up to 20 letters a to z, digits, hyphens or underscores."
    ),
    Reason.KIND: gettext_noop("The kind must be local, mobile, national or tollfree."),
    Reason.ABILITY: gettext_noop("The columns sms and voice say yes or no."),
    Reason.USELESS: gettext_noop("The number takes neither SMS nor calls."),
    Reason.CITY: gettext_noop(
        "A city is named in up to 60 letters, its region as in NO-03, its area code by digits."
    ),
    Reason.KNOWN: gettext_noop("The number is in the stock already, or twice in the file."),
}


@dataclass(frozen=True, slots=True)
class NumberLine:
    """A line that can enter the stock."""

    number: PhoneNumber
    country: str
    carrier: str
    kind: str
    sms: bool
    voice: bool


def judge(fields: Mapping[str, str] | None, *, countries: Collection[str]) -> NumberLine | Reason:
    """Return what a line brings into the stock, or the first reason why not."""
    if fields is None:
        return Reason.FIELDS
    country, kind, carrier = (
        fields["country"].upper(),
        fields["kind"].lower(),
        fields["carrier"].lower(),
    )
    sms, voice = _ability(fields["sms"]), _ability(fields["voice"])
    if country not in countries:
        return Reason.COUNTRY
    number = _number(fields["number"], country=country)
    if isinstance(number, Reason):
        return number
    if not _CARRIER.fullmatch(carrier):
        return Reason.CARRIER
    if kind not in KINDS:
        return Reason.KIND
    if sms is None or voice is None:
        return Reason.ABILITY
    if not sms and not voice:
        return Reason.USELESS
    return NumberLine(number, country=country, carrier=carrier, kind=kind, sms=sms, voice=voice)


def _number(text: str, *, country: str) -> PhoneNumber | Reason:
    try:
        number = PhoneNumber.parse(text, region=country)
    except ValueError:
        return Reason.NUMBER
    parsed = phonenumbers.parse(number.e164)
    if parsed.country_code != phonenumbers.country_code_for_region(country):
        return Reason.ELSEWHERE
    # Countries that share a code are told apart where the numbering plan allows it.
    return number if number.region in (None, country) else Reason.ELSEWHERE


def _ability(text: str) -> bool | None:
    small = text.lower()
    if small in _YES:
        return True
    return False if small in _NO else None
