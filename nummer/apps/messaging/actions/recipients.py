"""To whom a rented number may write: whole international numbers, and never to itself."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

import phonenumbers
from phonenumbers.phonemetadata import PhoneMetadata

from nummer.apps.messaging.errors import RecipientIsSender, RecipientNotPossible
from nummer.kernel.phone import PhoneNumber

_WRITTEN: Final = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
_COUNTRY_CODE_DIGITS_MAX: Final = 3
_LOOSE_CHARACTERS_MAX: Final = 40


def recipient(text: str, *, ours: PhoneNumber) -> PhoneNumber:
    """Return whom a text is for, who may be written as people do, but with the country's code.

    Refuses: RecipientNotPossible (also a short code), RecipientIsSender.
    """
    to = possible(text)
    if to.e164 == ours.e164:
        raise RecipientIsSender
    return to


def possible(text: str) -> PhoneNumber:
    """Return whom a text is for, whoever sends it. Refuses: RecipientNotPossible."""
    e164 = text if _WRITTEN.fullmatch(text) else _read(text)
    if not _possible(e164[1:]):
        raise RecipientNotPossible
    return PhoneNumber(e164)


def _read(text: str) -> str:
    if len(text) > _LOOSE_CHARACTERS_MAX:
        raise RecipientNotPossible
    try:
        return PhoneNumber.parse(text.strip()).e164
    except ValueError:
        raise RecipientNotPossible from None


def _possible(digits: str) -> bool:
    """Tell whether a country has numbers of that length."""
    for length in range(1, _COUNTRY_CODE_DIGITS_MAX + 1):
        lengths = _lengths(int(digits[:length]))
        if lengths is not None:
            return len(digits) - length in lengths
    return False


@lru_cache(maxsize=1_200)
def _lengths(country_code: int) -> frozenset[int] | None:
    """Return how long the national numbers of a country code are; None: there is no such code.

    Of several countries under one code (as +1 and +44) any of their lengths.
    """
    regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(country_code)
    if regions is None:
        return None
    found: set[int] = set()
    for region in regions:
        known = (
            PhoneMetadata.metadata_for_nongeo_region(country_code)
            if region == phonenumbers.REGION_CODE_FOR_NON_GEO_ENTITY
            else PhoneMetadata.metadata_for_region(region)
        )
        if known is not None and known.general_desc is not None:
            found.update(known.general_desc.possible_length)
    return frozenset(found)
