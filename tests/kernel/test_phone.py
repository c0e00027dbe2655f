"""What people and carriers write as a phone number, and what is none."""

from __future__ import annotations

import phonenumbers
import pytest

from nummer.kernel.phone import PhoneNumber


@pytest.mark.parametrize(
    ("text", "region", "e164"),
    [
        ("+47 900 00 000", None, "+4790000000"),
        ("900 00 000", "NO", "+4790000000"),
        ("0151 2345678", "DE", "+491512345678"),
    ],
)
def test_numbers_are_read_as_people_write_them(text: str, region: str | None, e164: str) -> None:
    assert PhoneNumber.parse(text, region=region).e164 == e164


@pytest.mark.parametrize("text", ["", "1", "12", "123", "hello", "+", "+49", "9" * 30])
def test_what_is_too_short_or_no_number_is_refused_in_every_country(text: str) -> None:
    """In some countries numbers have two digits, which nobody outside of them can call."""
    for region in phonenumbers.SUPPORTED_REGIONS:
        with pytest.raises(ValueError, match="not a phone number"):
            PhoneNumber.parse(text, region=region)
