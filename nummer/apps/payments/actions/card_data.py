"""Refuses forms that bring anything of a payment card or of a bank account."""

from __future__ import annotations

import re
from collections.abc import Mapping

from nummer.apps.payments.errors import CardDataRefused
from nummer.kernel.redact import (
    CARD_DIGITS_MAX,
    CARD_DIGITS_MIN,
    check_digit_fits,
    holds_number,
)

_CARD_FIELD = re.compile(r"card|cvc|cvv|pan$|security.?code|expir|iban", re.IGNORECASE)
_DIGIT_RUN = re.compile(r"\d(?:[ -]?\d)+")


def refuse_card_data(posted: Mapping[str, str]) -> None:
    """Let a form about money through only if it holds nothing of a card or a bank account.

    Clause: PP-2.3b. Refuses: CardDataRefused, for a field named like such data, for any digits
    that could be a card's, and for an IBAN. The value is neither kept nor logged.
    """
    for name, value in posted.items():
        runs = _DIGIT_RUN.findall(value)
        if _CARD_FIELD.search(name) or any(map(_could_be_card, runs)) or holds_number(value):
            raise CardDataRefused


def _could_be_card(run: str) -> bool:
    """Tell whether digits have the length and the check digit of a card, whoever issues such."""
    digits = "".join(str(int(sign)) for sign in run if sign.isdecimal())
    return CARD_DIGITS_MIN <= len(digits) <= CARD_DIGITS_MAX and check_digit_fits(digits)
