"""Refusals of calls."""

from typing import ClassVar

from nummer.kernel.errors import Refusal
from nummer.kernel.locale import gettext_noop


class EmergencyCall(Refusal):
    """It is an emergency number, which nobody reaches by us."""

    code: ClassVar[str] = "emergency_call"
    sentence: ClassVar[str] = gettext_noop(
        "Emergency numbers cannot be reached here. Please call them from an ordinary phone."
    )
    clause: ClassVar[str | None] = "LD-H1"


class NumberNotPossible(Refusal):
    """What was dialled is no number."""

    code: ClassVar[str] = "number_not_possible"
    sentence: ClassVar[str] = gettext_noop("This is no phone number that can be called.")


class DestinationClosed(Refusal):
    """Numbers of this kind are dear and closed until the customer opens them."""

    code: ClassVar[str] = "destination_closed"
    sentence: ClassVar[str] = gettext_noop(
        "Numbers of this kind are dear, so calls to them are closed. You can open them."
    )


class NumberCannotCall(Refusal):
    """The number that is to call does not serve this account."""

    code: ClassVar[str] = "number_cannot_call"
    sentence: ClassVar[str] = gettext_noop("You cannot call from this number.")


class NotSoldToCall(Refusal):
    """No rate of the account's currency covers the number, or no carrier takes the call."""

    code: ClassVar[str] = "not_sold_to_call"
    sentence: ClassVar[str] = gettext_noop("We do not put calls through to this number.")


class TooManyCalls(Refusal):
    """As many calls go on as the account may have at once."""

    code: ClassVar[str] = "too_many_calls"
    sentence: ClassVar[str] = gettext_noop("As many calls go on as this account may have at once.")


class CallsTooFast(Refusal):
    """More calls began within this second than the account may begin."""

    code: ClassVar[str] = "calls_too_fast"
    sentence: ClassVar[str] = gettext_noop("Too many calls began within a second. Please wait.")


class CallSpendLimit(Refusal):
    """The account has spent on calls what it may spend within an hour or a day."""

    code: ClassVar[str] = "call_spend_limit"
    sentence: ClassVar[str] = gettext_noop(
        "What this account may spend on calls within an hour or a day is used up."
    )


class NoSuchCall(Refusal):
    """There is no such call, or it is another customer's."""

    code: ClassVar[str] = "no_such_call"
    sentence: ClassVar[str] = gettext_noop("There is no such call.")


class CallOver(Refusal):
    """The call that is asked for has ended already; another one begins anew."""

    code: ClassVar[str] = "call_over"
    sentence: ClassVar[str] = gettext_noop("This call is over.")
