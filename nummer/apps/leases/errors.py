"""Refusals of leases."""

from typing import ClassVar

from nummer.kernel.errors import Refusal
from nummer.kernel.locale import gettext_noop


class NumberTaken(Refusal):
    """The number that was chosen is not free, or rests after its last holder."""

    code: ClassVar[str] = "number_taken"
    sentence: ClassVar[str] = gettext_noop(
        "This number is no longer free. Please choose another one."
    )


class NoNumberForRent(Refusal):
    """No number of that country and kind is free."""

    code: ClassVar[str] = "no_number_for_rent"
    sentence: ClassVar[str] = gettext_noop(
        "There is no free number of this kind in this country at the moment."
    )


class NoSuchLease(Refusal):
    """The account has no lease with that id."""

    code: ClassVar[str] = "no_such_lease"
    sentence: ClassVar[str] = gettext_noop("There is no such number in your account.")


class LeaseNotLikeThat(Refusal):
    """What is asked is not possible where the lease stands; `state` says where."""

    code: ClassVar[str] = "lease_not_like_that"
    sentence: ClassVar[str] = gettext_noop("This is not possible for this number any more.")


class SupplierNotConnected(Refusal):
    """No supplier of numbers with that code is connected."""

    code: ClassVar[str] = "supplier_not_connected"
    sentence: ClassVar[str] = gettext_noop("This supplier is not connected.")


class PatternNotReadable(Refusal):
    """What was typed is no pattern of a number."""

    code: ClassVar[str] = "pattern_not_readable"
    sentence: ClassVar[str] = gettext_noop(
        "A search has up to 15 digits, and * for any single digit; + in front begins the number."
    )


class NoReplacement(Refusal):
    """No free number of the same place and kind can do as much."""

    code: ClassVar[str] = "no_replacement"
    sentence: ClassVar[str] = gettext_noop(
        "There is no free number of the same place and kind at the moment."
    )


class NothingOffered(Refusal):
    """No other number is offered for this one, or the offer is over."""

    code: ClassVar[str] = "nothing_offered"
    sentence: ClassVar[str] = gettext_noop("No other number is offered for this one any more.")
