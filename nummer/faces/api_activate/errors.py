"""Refusals that only this protocol knows; they name what its words are for."""

from typing import ClassVar

from nummer.kernel.errors import Refusal
from nummer.kernel.locale import gettext_noop


class ParameterMalformed(Refusal):
    """A parameter is missing, too long or of a wrong type."""

    code: ClassVar[str] = "activate_parameter_malformed"
    sentence: ClassVar[str] = gettext_noop("One of the parameters has an invalid value.")


class KeyMissing(Refusal):
    """No API key was sent."""

    code: ClassVar[str] = "activate_key_missing"
    sentence: ClassVar[str] = gettext_noop("The API key is missing.")


class KeyUnknown(Refusal):
    """The API key does not exist or was revoked."""

    code: ClassVar[str] = "activate_key_unknown"
    sentence: ClassVar[str] = gettext_noop("The API key is not valid.")


class ActionUnknown(Refusal):
    """The protocol has no such action."""

    code: ClassVar[str] = "activate_action_unknown"
    sentence: ClassVar[str] = gettext_noop("There is no such action.")


class StatusUnknown(Refusal):
    """The status cannot be set, or not at this stage."""

    code: ClassVar[str] = "activate_status_unknown"
    sentence: ClassVar[str] = gettext_noop("This status cannot be set.")


class CancelTooEarly(Refusal):
    """A program may cancel two minutes after the purchase at the earliest (K41)."""

    code: ClassVar[str] = "activate_cancel_too_early"
    sentence: ClassVar[str] = gettext_noop(
        "A program can cancel this order two minutes after the purchase at the earliest."
    )


class NotSoldHere(Refusal):
    """What was asked for (a call, a forward, a rent) is not sold by this protocol."""

    code: ClassVar[str] = "activate_not_sold_here"
    sentence: ClassVar[str] = gettext_noop("This kind of number is not sold here.")


class PrefixMalformed(Refusal):
    """The excluded prefixes are not a list of digits with commas."""

    code: ClassVar[str] = "activate_prefix_malformed"
    sentence: ClassVar[str] = gettext_noop("The excluded prefixes must be digits and commas.")


class OperatorUnknown(Refusal):
    """No carrier of that name has numbers in that country."""

    code: ClassVar[str] = "activate_operator_unknown"
    sentence: ClassVar[str] = gettext_noop("There is no such carrier.")


class OperatorsMissing(Refusal):
    """A country without carriers, or no such country."""

    code: ClassVar[str] = "activate_operators_missing"
    sentence: ClassVar[str] = gettext_noop("No carriers were found.")


class DateMalformed(Refusal):
    """A date is neither Unix seconds nor `YYYY-MM-DD`."""

    code: ClassVar[str] = "activate_date_malformed"
    sentence: ClassVar[str] = gettext_noop("The date cannot be read.")


class RentUnknown(Refusal):
    """The account has no rent with that id."""

    code: ClassVar[str] = "activate_rent_unknown"
    sentence: ClassVar[str] = gettext_noop("There is no such rented number in your account.")


class RentIdMissing(Refusal):
    """An action about a rent came without its id."""

    code: ClassVar[str] = "activate_rent_id_missing"
    sentence: ClassVar[str] = gettext_noop("The id of the rented number is missing.")


class ServiceNotAddable(Refusal):
    """A second service cannot be added to an activation."""

    code: ClassVar[str] = "activate_service_not_addable"
    sentence: ClassVar[str] = gettext_noop("No further service can be added to this order.")


class ParentUnknown(Refusal):
    """The activation that a further one should belong to does not exist."""

    code: ClassVar[str] = "activate_parent_unknown"
    sentence: ClassVar[str] = gettext_noop("There is no such order in your account.")


class ReuseImpossible(Refusal):
    """A number is sold for a service once, so an activation cannot be repeated."""

    code: ClassVar[str] = "activate_reuse_impossible"
    sentence: ClassVar[str] = gettext_noop("A number is sold for one service only once.")


class NoCallHere(Refusal):
    """The activation waits for an SMS, not for a call."""

    code: ClassVar[str] = "activate_no_call_here"
    sentence: ClassVar[str] = gettext_noop("This order waits for an SMS, not for a call.")


class NoOpenActivations(Refusal):
    """The account has no open activation."""

    code: ClassVar[str] = "activate_no_open_activations"
    sentence: ClassVar[str] = gettext_noop("You have no open orders.")


class ActivationOver(Refusal):
    """The activation ended without a code, so there is no message to answer."""

    code: ClassVar[str] = "activate_activation_over"
    sentence: ClassVar[str] = gettext_noop("This order has ended without a code.")


class RentTimeNotSold(Refusal):
    """A number is rented by the month: 672 to 744 hours."""

    code: ClassVar[str] = "activate_rent_time_not_sold"
    sentence: ClassVar[str] = gettext_noop("Numbers are rented by the month: 672 to 744 hours.")


class RentWaitsForSms(Refusal):
    """No SMS has come to the rented number yet."""

    code: ClassVar[str] = "activate_rent_waits_for_sms"
    sentence: ClassVar[str] = gettext_noop("No SMS has come to this number yet.")


class RentStatusUnknown(Refusal):
    """A rent is finished with 1 and cancelled with 2."""

    code: ClassVar[str] = "activate_rent_status_unknown"
    sentence: ClassVar[str] = gettext_noop("One of the parameters has an invalid value.")


class RentNotCancellable(Refusal):
    """The policy gives nothing back for the rent, so it is not cancelled."""

    code: ClassVar[str] = "activate_rent_not_cancellable"
    sentence: ClassVar[str] = gettext_noop(
        "Nothing would be paid back for this number any more, so it was kept."
    )


class RentAlreadyCancelled(Refusal):
    """The rent was given back."""

    code: ClassVar[str] = "activate_rent_already_cancelled"
    sentence: ClassVar[str] = gettext_noop("This is not possible for this number any more.")


class RentAlreadyFinished(Refusal):
    """The rent is over."""

    code: ClassVar[str] = "activate_rent_already_finished"
    sentence: ClassVar[str] = gettext_noop("This is not possible for this number any more.")


class RentAlreadyContinued(Refusal):
    """The rent goes on for a further month already."""

    code: ClassVar[str] = "activate_rent_already_continued"
    sentence: ClassVar[str] = gettext_noop("This is not possible for this number any more.")


class RentOver(Refusal):
    """The rent is over or does not serve, so it cannot go on."""

    code: ClassVar[str] = "activate_rent_over"
    sentence: ClassVar[str] = gettext_noop("This is not possible for this number any more.")
