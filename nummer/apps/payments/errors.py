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


class TopUpsTooFast(Refusal):
    """A new account has paid in as much, or as often, as it may in a day."""

    code: ClassVar[str] = "top_ups_too_fast"
    sentence: ClassVar[str] = gettext_noop(
        "A new account can top up %(most)s %(currency)s in %(times)s payments a day at most. "
        "Please try again in %(retry_after_s)s seconds, or write to support."
    )
    clause: ClassVar[str | None] = "LD-H6"


class TooManyFailures(Refusal):
    """Payment after payment failed within an hour."""

    code: ClassVar[str] = "too_many_failed_payments"
    sentence: ClassVar[str] = gettext_noop(
        "Several payments failed. Please try again in %(retry_after_s)s seconds."
    )
    clause: ClassVar[str | None] = "LD-U5"


class TopUpDisputed(Refusal):
    """The payer's bank wants this payment back, or has taken it; it is not sent back twice."""

    code: ClassVar[str] = "top_up_disputed"
    sentence: ClassVar[str] = gettext_noop(
        "This payment is disputed with the bank. It cannot be sent back before the bank decides."
    )
    clause: ClassVar[str | None] = "RULE-CB"


class MethodNotRefundable(Refusal):
    """The method, or its provider, cannot take money back; another way is to be offered."""

    code: ClassVar[str] = "method_not_refundable"
    sentence: ClassVar[str] = gettext_noop(
        "This payment method cannot take money back. Please choose another way."
    )
    clause: ClassVar[str | None] = "RP-CF"


class TopUpNotPaid(Refusal):
    """Nothing was paid, so nothing goes back."""

    code: ClassVar[str] = "top_up_not_paid"
    sentence: ClassVar[str] = gettext_noop("This top-up was not paid.")


class RefundAboveTopUp(Refusal):
    """More than is left of the top-up; `left` and `currency` say how much that is."""

    code: ClassVar[str] = "refund_above_top_up"
    sentence: ClassVar[str] = gettext_noop(
        "Of this payment %(left)s %(currency)s are left; more cannot be sent back."
    )


class MethodNotKeepable(Refusal):
    """The provider cannot keep this method for later payments."""

    code: ClassVar[str] = "method_not_keepable"
    sentence: ClassVar[str] = gettext_noop(
        "This payment method cannot be used for automatic top-ups."
    )


class ConsentMissing(Refusal):
    """The customer has not agreed, or agreed to another sentence than the present one."""

    code: ClassVar[str] = "auto_top_up_consent_missing"
    sentence: ClassVar[str] = gettext_noop(
        "Automatic top-ups need your consent. Please read the sentence and tick the box."
    )


class CapTooSmall(Refusal):
    """The monthly cap is less than one top-up, or the threshold is nothing."""

    code: ClassVar[str] = "auto_top_up_cap_too_small"
    sentence: ClassVar[str] = gettext_noop(
        "The monthly limit must be at least the amount of one top-up, and the threshold above zero."
    )


class NoAutoTopUp(Refusal):
    """The account has no automatic top-up that could be stopped."""

    code: ClassVar[str] = "no_auto_top_up"
    sentence: ClassVar[str] = gettext_noop("There is no automatic top-up in your account.")
