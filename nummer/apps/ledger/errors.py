"""Refusals of the ledger."""

from __future__ import annotations

from typing import ClassVar

from nummer.kernel.errors import Refusal
from nummer.kernel.locale import gettext_noop


class InsufficientBalance(Refusal):
    """What may be spent now is less than what is asked; `needed` and `spendable` say both."""

    code: ClassVar[str] = "insufficient_balance"
    sentence: ClassVar[str] = gettext_noop(
        "Your balance is too low: %(needed)s %(currency)s are needed, "
        "%(spendable)s %(currency)s can be spent."
    )


class IdempotencyConflict(Refusal):
    """The key was used before with other content; the first booking stands."""

    code: ClassVar[str] = "idempotency_conflict"
    sentence: ClassVar[str] = gettext_noop("This key was used before for something else.")


class WalletMissing(Refusal):
    """The account has no wallet."""

    code: ClassVar[str] = "wallet_missing"
    sentence: ClassVar[str] = gettext_noop("This account has no balance yet.")


class WrongCurrency(Refusal):
    """The wallet has another currency; nothing is ever converted."""

    code: ClassVar[str] = "wrong_currency"
    sentence: ClassVar[str] = gettext_noop("This account is kept in another currency.")


class AmountRefused(Refusal):
    """The amount is zero, has the wrong sign or is beyond what a wallet can hold."""

    code: ClassVar[str] = "amount_refused"
    sentence: ClassVar[str] = gettext_noop("This amount is not possible.")


class RefundAboveCharge(Refusal):
    """More would come back than was paid and is not back yet."""

    code: ClassVar[str] = "refund_above_charge"
    sentence: ClassVar[str] = gettext_noop("More cannot be given back than was paid.")


class TransferMissing(Refusal):
    """The account has no transfer with that id."""

    code: ClassVar[str] = "transfer_missing"
    sentence: ClassVar[str] = gettext_noop("There is no such booking in this account.")


class AlreadyReversed(Refusal):
    """The transfer was reversed before, or is itself a reversal."""

    code: ClassVar[str] = "already_reversed"
    sentence: ClassVar[str] = gettext_noop("This booking was reversed already.")


class HoldMissing(Refusal):
    """The account has no hold with that id."""

    code: ClassVar[str] = "hold_missing"
    sentence: ClassVar[str] = gettext_noop("There is no such reservation in this account.")


class HoldClosed(Refusal):
    """The hold was captured, released or expired."""

    code: ClassVar[str] = "hold_closed"
    sentence: ClassVar[str] = gettext_noop("This reservation has ended already.")


class CaptureAboveHold(Refusal):
    """More was to be taken than was set aside."""

    code: ClassVar[str] = "capture_above_hold"
    sentence: ClassVar[str] = gettext_noop("More cannot be taken than was reserved.")


class EarmarkMissing(Refusal):
    """The account has no earmark with that id."""

    code: ClassVar[str] = "earmark_missing"
    sentence: ClassVar[str] = gettext_noop("There is no such earmark in this account.")


class KeyReused(Refusal):
    """The idempotency key was used before for something else."""

    code: ClassVar[str] = "key_reused"
    sentence: ClassVar[str] = gettext_noop("This order number was already used for another order.")
