"""What this app refuses."""

from __future__ import annotations

from typing import ClassVar

from nummer.kernel.errors import Refusal
from nummer.kernel.locale import gettext_noop


class TooManyOrders(Refusal):
    """More orders in a minute than the account may place."""

    code: ClassVar[str] = "too_many_orders"
    sentence: ClassVar[str] = gettext_noop(
        "You have placed %(limit)s orders within a minute. "
        "Please try again in %(retry_after_s)s seconds."
    )


class TooManyOpen(Refusal):
    """As many numbers wait for a code as the account may have open."""

    code: ClassVar[str] = "too_many_open"
    sentence: ClassVar[str] = gettext_noop(
        "You have %(limit)s numbers open. Please finish or cancel one first."
    )


class CodeShareTooLow(Refusal):
    """Of the last orders too few received a code, which is how abuse looks."""

    code: ClassVar[str] = "code_share_too_low"
    sentence: ClassVar[str] = gettext_noop(
        "Of your last %(of)s numbers only %(with_code)s received a code. "
        "New orders are paused; please write to support."
    )


class AccountSuspended(Refusal):
    """Services are suspended for this account; its balance stays what it is."""

    code: ClassVar[str] = "account_suspended"
    sentence: ClassVar[str] = gettext_noop(
        "Orders are suspended for this account. Your balance is not affected. "
        "Please write to support if you think this is a mistake."
    )
    clause: ClassVar[str | None] = "PP-5.2b"


class BalanceBlocked(Refusal):
    """The balance is blocked, so nothing is paid from it; what comes back to it is booked."""

    code: ClassVar[str] = "balance_blocked"
    sentence: ClassVar[str] = gettext_noop(
        "Your balance is blocked, so nothing can be paid from it at present. "
        "Please write to support if you think this is a mistake."
    )


class ServiceBlocked(Refusal):
    """The operator offers this service, in general or in this country, to nobody."""

    code: ClassVar[str] = "service_blocked"
    sentence: ClassVar[str] = gettext_noop("This service is not offered at present.")


class PhoneBlocked(Refusal):
    """Phones of this range may not open accounts or be written to."""

    code: ClassVar[str] = "phone_blocked"
    sentence: ClassVar[str] = gettext_noop("This phone number cannot be used here.")
