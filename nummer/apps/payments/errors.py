"""Refusals of payments."""

from __future__ import annotations

from typing import ClassVar

from nummer.kernel.errors import Refusal
from nummer.kernel.locale import gettext_noop


class TopUpTooSmall(Refusal):
    """Less than the least top-up of the currency; `least` and `currency` say which."""

    code: ClassVar[str] = "top_up_too_small"
    sentence: ClassVar[str] = gettext_noop("The least top-up is %(least)s %(currency)s.")


class TopUpTooLarge(Refusal):
    """More than the largest top-up of the currency; `most` and `currency` say which."""

    code: ClassVar[str] = "top_up_too_large"
    sentence: ClassVar[str] = gettext_noop("The largest top-up is %(most)s %(currency)s.")


class TopUpNotPayable(Refusal):
    """The sum has parts smaller than the currency's smallest coin, or is not a sum at all."""

    code: ClassVar[str] = "top_up_not_payable"
    sentence: ClassVar[str] = gettext_noop("Please write an amount like 20.00.")


class UnknownMethod(Refusal):
    """No such way to pay in this currency."""

    code: ClassVar[str] = "unknown_payment_method"
    sentence: ClassVar[str] = gettext_noop("This payment method is not offered.")


class CardDataRefused(Refusal):
    """Somebody sent card data to us; it was not looked at, kept or passed on."""

    code: ClassVar[str] = "card_data_refused"
    sentence: ClassVar[str] = gettext_noop(
        "Never give card details here. They are only asked for on the page of the provider."
    )
    clause: ClassVar[str | None] = "PP-2.3b"


class NoSuchTopUp(Refusal):
    """The account has no top-up with that id."""

    code: ClassVar[str] = "no_such_top_up"
    sentence: ClassVar[str] = gettext_noop("There is no such top-up in your account.")


class CallbackNotGenuine(Refusal):
    """The signature is missing, wrong or too old, or nobody knows the provider."""

    code: ClassVar[str] = "callback_not_genuine"
    sentence: ClassVar[str] = gettext_noop("This message does not come from the provider.")


class CallbackUnreadable(Refusal):
    """It is signed, but not in the form that was agreed."""

    code: ClassVar[str] = "callback_unreadable"
    sentence: ClassVar[str] = gettext_noop("This message cannot be read.")


class CallbackRefused(Refusal):
    """It is genuine but fits no top-up: unknown reference, another sum, a changed event."""

    code: ClassVar[str] = "callback_refused"
    sentence: ClassVar[str] = gettext_noop("This message fits no payment: %(why)s.")
