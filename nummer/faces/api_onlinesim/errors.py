"""Refusals that only this protocol knows; they name what its words are for."""

from typing import ClassVar

from nummer.kernel.errors import Refusal
from nummer.kernel.locale import gettext_noop


class VerbUnknown(Refusal):
    """The protocol has no such verb, or we do not answer it."""

    code: ClassVar[str] = "onlinesim_verb_unknown"
    sentence: ClassVar[str] = gettext_noop("There is no such action.")


class KeyMissing(Refusal):
    """No API key was sent."""

    code: ClassVar[str] = "onlinesim_key_missing"
    sentence: ClassVar[str] = gettext_noop("The API key is missing.")


class KeyUnknown(Refusal):
    """The API key does not exist or was revoked."""

    code: ClassVar[str] = "onlinesim_key_unknown"
    sentence: ClassVar[str] = gettext_noop("The API key is not valid.")


class CallsTooMany(Refusal):
    """The key called too often; `retry_after_s` says when it may again."""

    code: ClassVar[str] = "onlinesim_calls_too_many"
    sentence: ClassVar[str] = gettext_noop("Too many calls. Please wait %(retry_after_s)s seconds.")


class ParameterMalformed(Refusal):
    """A parameter is too long or of a wrong type, or the body cannot be read."""

    code: ClassVar[str] = "onlinesim_parameter_malformed"
    sentence: ClassVar[str] = gettext_noop("One of the parameters has an invalid value.")


class ServiceMissing(Refusal):
    """No service was named."""

    code: ClassVar[str] = "onlinesim_service_missing"
    sentence: ClassVar[str] = gettext_noop("One of the parameters has an invalid value.")


class OperationMissing(Refusal):
    """A verb about an operation came without its number."""

    code: ClassVar[str] = "onlinesim_operation_missing"
    sentence: ClassVar[str] = gettext_noop("One of the parameters has an invalid value.")


class OperationsMissing(Refusal):
    """There is no open operation, or none of that number."""

    code: ClassVar[str] = "onlinesim_operations_missing"
    sentence: ClassVar[str] = gettext_noop("You have no open orders.")


class NotSoldHere(Refusal):
    """What was asked for (a longer time of an operation) is not sold by this protocol."""

    code: ClassVar[str] = "onlinesim_not_sold_here"
    sentence: ClassVar[str] = gettext_noop("This kind of number is not sold here.")


class RepeatImpossible(Refusal):
    """A number is sold for a service once, so it cannot be had again."""

    code: ClassVar[str] = "onlinesim_repeat_impossible"
    sentence: ClassVar[str] = gettext_noop("A number is sold for one service only once.")


class RentUnknown(Refusal):
    """There is no rent with that number, or it is over."""

    code: ClassVar[str] = "onlinesim_rent_unknown"
    sentence: ClassVar[str] = gettext_noop("There is no such rented number in your account.")


class RentTimeNotSold(Refusal):
    """A number is rented by the month: 28 to 31 days."""

    code: ClassVar[str] = "onlinesim_rent_time_not_sold"
    sentence: ClassVar[str] = gettext_noop("Numbers are rented by the month: 28 to 31 days.")


class RentGoesOn(Refusal):
    """The rent goes on for a further month already."""

    code: ClassVar[str] = "onlinesim_rent_goes_on"
    sentence: ClassVar[str] = gettext_noop("This is not possible for this number any more.")


class RentNotReturnable(Refusal):
    """The policy gives nothing back for the rent, so it is not closed."""

    code: ClassVar[str] = "onlinesim_rent_not_returnable"
    sentence: ClassVar[str] = gettext_noop(
        "Nothing would be paid back for this number any more, so it was kept."
    )


class NothingToReload(Refusal):
    """No number here hangs on a port that could be loaded anew."""

    code: ClassVar[str] = "onlinesim_nothing_to_reload"
    sentence: ClassVar[str] = gettext_noop("This is not possible for this number any more.")
