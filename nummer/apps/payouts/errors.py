"""Refusals of payouts."""

from __future__ import annotations

from typing import ClassVar

from nummer.kernel.errors import Refusal
from nummer.kernel.locale import gettext_noop


class NoSuchPayout(Refusal):
    """The account has no request with that id, or the request no such share."""

    code: ClassVar[str] = "no_such_payout"
    sentence: ClassVar[str] = gettext_noop("There is no such payout in your account.")


class PayoutOpen(Refusal):
    """Another request about the same thing is not answered yet."""

    code: ClassVar[str] = "payout_open"
    sentence: ClassVar[str] = gettext_noop(
        "You have already asked for this payout. It is answered within two working days."
    )


class PayoutClosed(Refusal):
    """The request, or its share, is past the point where this could be done."""

    code: ClassVar[str] = "payout_closed"
    sentence: ClassVar[str] = gettext_noop("This payout does not wait for that any more.")


class AccountNumberRefused(Refusal):
    """Somebody wrote a card or account number into a request; nothing of it was kept."""

    code: ClassVar[str] = "account_number_refused"
    sentence: ClassVar[str] = gettext_noop(
        "Never give card or account numbers here. The reference of the original payment is enough."
    )
    clause: ClassVar[str | None] = "PP-2.3b"


class SecondPersonNeeded(Refusal):
    """The same person released it already, or wrote the request down."""

    code: ClassVar[str] = "payout_needs_another_person"
    sentence: ClassVar[str] = gettext_noop("Another person has to release this payout.")


class BankReferenceMissing(Refusal):
    """A transfer that was made by hand names how the bank calls it."""

    code: ClassVar[str] = "bank_reference_missing"
    sentence: ClassVar[str] = gettext_noop("Please give the bank's reference of the transfer.")
