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


class EndingNotExplained(Refusal):
    """A lease is to be ended by us for a reason that nobody named."""

    code: ClassVar[str] = "ending_not_explained"
    sentence: ClassVar[str] = gettext_noop("Please write why the contract ends.")


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


class NoSuchHandover(Refusal):
    """The account neither offers nor is offered such a handover."""

    code: ClassVar[str] = "no_such_handover"
    sentence: ClassVar[str] = gettext_noop("There is no such handover.")


class HandoverNotPossible(Refusal):
    """The number cannot be offered now: an outage, a port-out or another handover is open."""

    code: ClassVar[str] = "handover_not_possible"
    sentence: ClassVar[str] = gettext_noop(
        "This number cannot be handed over now: a problem, a port-out or another handover of it is"
        " open, or the address is your own."
    )


class HandoverOver(Refusal):
    """A handover was done, withdrawn, declined, or its time is over."""

    code: ClassVar[str] = "handover_over"
    sentence: ClassVar[str] = gettext_noop("This handover is over.")


class HandoverNotAccepted(Refusal):
    """The giver confirms what the receiver has not accepted yet."""

    code: ClassVar[str] = "handover_not_accepted"
    sentence: ClassVar[str] = gettext_noop("The other customer has not accepted yet.")


class HandoverReceiverNotReady(Refusal):
    """Something that the receiver needs is missing since he accepted; what, is his own affair."""

    code: ClassVar[str] = "handover_receiver_not_ready"
    sentence: ClassVar[str] = gettext_noop(
        "The other customer cannot take the number over at the moment. Please ask there."
    )


class TooManyHandovers(Refusal):
    """The account offered too many handovers within a day."""

    code: ClassVar[str] = "too_many_handovers"
    sentence: ClassVar[str] = gettext_noop(
        "You have offered several handovers today. Please go on tomorrow."
    )


class PapersNotApproved(Refusal):
    """The number needs papers, and none of this account's were approved for it."""

    code: ClassVar[str] = "papers_not_approved"
    sentence: ClassVar[str] = gettext_noop(
        "This number needs papers of your own, approved before you take it over. Please hand them"
        " in first."
    )


class PortOutOpen(Refusal):
    """A port-out cannot be asked for: a handover of the number is open."""

    code: ClassVar[str] = "port_out_not_possible"
    sentence: ClassVar[str] = gettext_noop(
        "This number is being handed over to another customer. Please withdraw that first."
    )


class PortOutOver(Refusal):
    """A port-out is done, refused or withdrawn."""

    code: ClassVar[str] = "port_out_over"
    sentence: ClassVar[str] = gettext_noop("This port-out is over.")


class PortOutTooEarly(Refusal):
    """A number is said to be ported before the day that was set, or before any was."""

    code: ClassVar[str] = "port_out_too_early"
    sentence: ClassVar[str] = gettext_noop(
        "The number can be marked as ported on the day that was set, and not before."
    )


class NoSuchPortOut(Refusal):
    """The account has no such port-out."""

    code: ClassVar[str] = "no_such_port_out"
    sentence: ClassVar[str] = gettext_noop("There is no such port-out.")


class PortOutNotComplete(Refusal):
    """Code or day of a port-out is missing, or the day has passed."""

    code: ClassVar[str] = "port_out_not_complete"
    sentence: ClassVar[str] = gettext_noop(
        "A port-out needs a code of up to 64 characters and a day that has not passed."
    )
