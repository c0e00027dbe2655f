"""The simulated carrier at the operator's word; Unavailable where it does not run."""

from __future__ import annotations

import re
from typing import Any

from nummer.apps.refunds import actions as refunds
from nummer.config.commands.refused import SandboxError
from nummer.config.env import environment
from nummer.kernel import clock
from nummer.kernel.phone import PhoneNumber
from nummer.suppliers.sandbox import carrier_control

_E164 = re.compile(r"\+[0-9]{7,15}", re.ASCII)


def deliver(*, to: str, sender: str, text: str, count: int) -> dict[str, Any]:
    """Deliver an SMS by SMPP and return how we answered."""
    number = _number(to)
    try:
        return carrier_control.deliver(
            number.e164, sender=sender, text=text, count=count, home=environment().home
        )
    except ValueError as refused:
        raise SandboxError(str(refused)) from None


def sent(to: str | None) -> list[dict[str, Any]]:
    """Return the SMS that went out."""
    return carrier_control.sent(_number(to).e164 if to else None, home=environment().home)


def outage() -> None:
    """Take the carrier away."""
    carrier_control.outage(home=environment().home)


def restore() -> None:
    """Bring the carrier back."""
    carrier_control.restore(home=environment().home)


def block(to: str, *, reason: str) -> int:
    """Let the carrier take a number away; return how many open activations that ended."""
    number = _number(to)
    carrier_control.block(number.e164, reason=reason, home=environment().home)
    return refunds.number_blocked(number, reason=reason, now=clock.now())


def _number(text: str) -> PhoneNumber:
    if not _E164.fullmatch(text):
        raise SandboxError("Give a phone number as + and 7 to 15 digits.")
    return PhoneNumber(text)
