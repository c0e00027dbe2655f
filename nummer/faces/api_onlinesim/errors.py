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
    """What was asked for (a rent, a longer time) is not sold by this protocol."""

    code: ClassVar[str] = "onlinesim_not_sold_here"
    sentence: ClassVar[str] = gettext_noop("This kind of number is not sold here.")


class RepeatImpossible(Refusal):
    """A number is sold for a service once, so it cannot be had again."""

    code: ClassVar[str] = "onlinesim_repeat_impossible"
    sentence: ClassVar[str] = gettext_noop("A number is sold for one service only once.")


class RentUnknown(Refusal):
    """There is no rent with that number: this protocol does not rent numbers yet."""

    code: ClassVar[str] = "onlinesim_rent_unknown"
    sentence: ClassVar[str] = gettext_noop("There is no such rented number in your account.")
