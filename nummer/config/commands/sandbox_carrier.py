"""The simulated carrier at the operator's word; Unavailable where it does not run."""

from __future__ import annotations

import re
from typing import Any

from nummer.apps.incidents.actions.notices import carriers_words
from nummer.apps.refunds import actions as refunds
from nummer.config.commands.refused import SandboxError
from nummer.config.env import environment
from nummer.kernel import clock
from nummer.kernel.phone import PhoneNumber
from nummer.suppliers.sandbox import carrier_control

REASONS = ("unknown", "unrelated", "client_activity")
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
    """Let the carrier take a number away; return how many open activations and leases had it.

    A reason in words, such as "numbering plan change", is one that is not the customer's.
    """
    number, words = _number(to), ""
    if reason not in REASONS:
        if not carriers_words(reason):
            raise SandboxError("Give a reason of up to 120 letters, digits and spaces.")
        reason, words = "unrelated", reason
    carrier_control.block(number.e164, reason=reason, home=environment().home)
    return refunds.number_blocked(number, reason=reason, words=words, now=clock.now())


def _number(text: str) -> PhoneNumber:
    if not _E164.fullmatch(text):
        raise SandboxError("Give a phone number as + and 7 to 15 digits.")
    return PhoneNumber(text)
