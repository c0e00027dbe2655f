"""Refuses forms that bring anything of a payment card or of a bank account."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from nummer.apps.payments.errors import CardDataRefused
from nummer.kernel.redact import holds_number

CARD_DIGITS_MIN: Final = 13  # ISO/IEC 7812-1: the shortest number a card carries
CARD_DIGITS_MAX: Final = 19
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
    """Tell whether digits have the length and the check digit of a card (ISO/IEC 7812-1)."""
    digits = [int(character) for character in run if character.isdecimal()]
    if not CARD_DIGITS_MIN <= len(digits) <= CARD_DIGITS_MAX:
        return False
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
