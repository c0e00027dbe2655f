"""What kind of number somebody calls, and which kinds nobody reaches unless he asked for it.

Emergency numbers are never put through: there is no place of the caller that we could tell
(LD-H1, acknowledged with each order). Dear kinds are barred until operator and customer both open
them: their owners share what a call costs, which is what fraud by phone lives on.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import phonenumbers
from phonenumbers import PhoneNumberType as Type

# ITU-T E.164.1: codes of no country that satellites and international networks answer to.
SATELLITE: Final = ("870", "881")
NETWORKS: Final = ("882", "883")


class Destination(StrEnum):
    """What kind of number it is."""

    FIXED = "fixed"
    MOBILE = "mobile"
    FREE = "free"
    PREMIUM = "premium"
    SHARED_COST = "shared_cost"
    PERSONAL = "personal"  # follows its holder; dear in many countries
    SATELLITE = "satellite"
    NETWORK = "network"  # international networks, machines and ships
    OTHER = "other"  # possible, but of no range that its country has told of


class Barred(StrEnum):
    """Why a call goes nowhere, whoever pays."""

    EMERGENCY = "emergency"
    NO_NUMBER = "no_number"


# What is closed until somebody opens it.
CLOSED: Final = frozenset(
    {
        Destination.PREMIUM,
        Destination.SHARED_COST,
        Destination.PERSONAL,
        Destination.SATELLITE,
        Destination.NETWORK,
        Destination.OTHER,
    }
)

_KINDS: Final = {
    Type.FIXED_LINE: Destination.FIXED,
    Type.FIXED_LINE_OR_MOBILE: Destination.FIXED,
    Type.MOBILE: Destination.MOBILE,
    Type.TOLL_FREE: Destination.FREE,
    Type.PREMIUM_RATE: Destination.PREMIUM,
    Type.SHARED_COST: Destination.SHARED_COST,
    Type.PERSONAL_NUMBER: Destination.PERSONAL,
    Type.VOIP: Destination.FIXED,
    Type.UAN: Destination.FIXED,
    Type.PAGER: Destination.OTHER,
    Type.VOICEMAIL: Destination.OTHER,
}


def destination_of(dialled: str, *, region: str) -> tuple[str, Destination] | Barred:
    """Return the digits in E.164 (without plus) and the kind of what was dialled in a country.

    `dialled` is as a phone sends it: with +, with 00, as at home, or a short code. `region` is
    ISO 3166 and says how a number without its country is meant.
    """
    text = f"+{dialled[2:]}" if dialled.startswith("00") else dialled
    if phonenumbers.is_emergency_number(text, region):
        return Barred.EMERGENCY
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return Barred.NO_NUMBER
    if _emergency_there(number):
        return Barred.EMERGENCY
    if not phonenumbers.is_possible_number(number):
        return Barred.NO_NUMBER
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return e164[1:], _kind(e164[1:], number)


def _emergency_there(number: phonenumbers.PhoneNumber) -> bool:
    """Tell whether it is the emergency number of its own country, with its code before it."""
    short = phonenumbers.national_significant_number(number)
    assert number.country_code is not None, "a number that was read has its country's code"
    regions = phonenumbers.region_codes_for_country_code(number.country_code)
    return any(phonenumbers.is_emergency_number(short, region) for region in regions)


def _kind(digits: str, number: phonenumbers.PhoneNumber) -> Destination:
    if digits.startswith(SATELLITE):
        return Destination.SATELLITE
    if digits.startswith(NETWORKS):
        return Destination.NETWORK
    return _KINDS.get(phonenumbers.number_type(number), Destination.OTHER)
