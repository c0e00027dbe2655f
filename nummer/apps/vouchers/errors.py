"""Refusals of vouchers."""

from __future__ import annotations

from typing import ClassVar

from nummer.kernel.errors import Refusal
from nummer.kernel.locale import gettext_noop


class VoucherUnknown(Refusal):
    """No such code, or one that another account redeemed; which of them is not said."""

    code: ClassVar[str] = "voucher_unknown"
    sentence: ClassVar[str] = gettext_noop("This voucher code is not valid.")


class VoucherExpired(Refusal):
    """The code is right, but its time is over, or its batch was withdrawn."""

    code: ClassVar[str] = "voucher_expired"
    sentence: ClassVar[str] = gettext_noop("This voucher has expired.")


class VoucherNotReleased(Refusal):
    """The code is right, but a second person has yet to release its batch."""

    code: ClassVar[str] = "voucher_not_released"
    sentence: ClassVar[str] = gettext_noop("This voucher is not valid yet.")


class VoucherOtherCurrency(Refusal):
    """The voucher is of another currency than the account."""

    code: ClassVar[str] = "voucher_other_currency"
    sentence: ClassVar[str] = gettext_noop(
        "This voucher is in %(currency)s and cannot be used in your account."
    )


class TooManyGuesses(Refusal):
    """Too many wrong codes within an hour."""

    code: ClassVar[str] = "too_many_voucher_guesses"
    sentence: ClassVar[str] = gettext_noop(
        "Several codes were wrong. Please try again in %(retry_after_s)s seconds."
    )
    clause: ClassVar[str | None] = "LD-U5"


class BatchRefused(Refusal):
    """A batch needs a sum that could be topped up, a count and an end that is to come."""

    code: ClassVar[str] = "voucher_batch_refused"
    sentence: ClassVar[str] = gettext_noop(
        "A batch has 1 to %(count_max)s vouchers of a sum that can be topped up, and ends later."
    )


class NoSuchBatch(Refusal):
    """There is no batch with that id."""

    code: ClassVar[str] = "no_such_voucher_batch"
    sentence: ClassVar[str] = gettext_noop("There is no such batch.")


class BatchNotWaiting(Refusal):
    """The batch was withdrawn, or its vouchers have expired, before anybody released it."""

    code: ClassVar[str] = "voucher_batch_not_waiting"
    sentence: ClassVar[str] = gettext_noop("This batch does not wait for a release.")


class BatchNeedsAnotherPerson(Refusal):
    """Who made a batch does not release it."""

    code: ClassVar[str] = "voucher_batch_needs_another_person"
    sentence: ClassVar[str] = gettext_noop("Another person has to release this batch.")
