"""Phone numbers in the form of ITU-T E.164."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import phonenumbers

DIGITS_MIN: Final = 7
DIGITS_MAX: Final = 15  # ITU-T E.164, section 6.1


def calling_code(region: str) -> str:
    """Return the digits that numbers of a country (ISO 3166) begin with; empty for none."""
    return str(phonenumbers.country_code_for_region(region) or "")


_CALLING_CODE_DIGITS_MAX: Final = 3


def _calling_codes() -> Iterator[tuple[str, str]]:
    """Yield what numbers begin with, in so many digits as the longest code has, and their code."""
    for code in map(str, phonenumbers.COUNTRY_CODE_TO_REGION_CODE):
        missing = _CALLING_CODE_DIGITS_MAX - len(code)
        for rest in range(10**missing):
            yield f"{code}{rest:0{missing}d}" if missing else code, code


_CODE_BY_BEGINNING: Final = dict(_calling_codes())


def calling_code_of(digits: str) -> str | None:
    """Return the calling code that a number begins with; None where there is none."""
    return _CODE_BY_BEGINNING.get(digits[:_CALLING_CODE_DIGITS_MAX])


@dataclass(frozen=True, slots=True)
class PhoneNumber:
    """A phone number: `e164` begins with + and has 7 to 15 digits."""

    e164: str

    def __post_init__(self) -> None:
        assert self.e164.startswith("+"), "a number begins with +"
        assert self.e164[1:].isascii(), "a number has ASCII digits only"
        assert self.e164[1:].isdigit(), "a number has digits only"
        assert DIGITS_MIN <= len(self.digits) <= DIGITS_MAX, "a number has 7 to 15 digits"

    @classmethod
    def parse(cls, text: str, *, region: str | None = None) -> PhoneNumber:
        """Read what a person or a carrier wrote.

        `region` (ISO 3166) completes numbers without +. Raises ValueError where no number of
        a possible length comes out; whether anybody could hold it is not asked here.
        """
        try:
            parsed = phonenumbers.parse(text, region)
        except phonenumbers.NumberParseException as error:
            raise ValueError("not a phone number") from error
        if not phonenumbers.is_possible_number(parsed):
            raise ValueError("not a phone number")
        found = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
        # some countries have numbers of two digits, which nobody outside of them can call
        if not DIGITS_MIN <= len(found) - 1 <= DIGITS_MAX:
            raise ValueError("not a phone number")
        return cls(found)

    @property
    def digits(self) -> str:
        """Return the number without +, as SMPP and the sms-activate protocol write it."""
        return self.e164[1:]

    @property
    def region(self) -> str | None:
        """Return the ISO 3166 country, or None for numbers of no single country."""
        return phonenumbers.region_code_for_number(phonenumbers.parse(self.e164))

    def international(self) -> str:
        """Return it as people read it: +47 21 23 45 67."""
        return phonenumbers.format_number(
            phonenumbers.parse(self.e164), phonenumbers.PhoneNumberFormat.INTERNATIONAL
        )

    def __repr__(self) -> str:
        return "PhoneNumber(…)"  # reprs reach logs, numbers must not
