"""Refusals that only this protocol knows; they name what its words are for."""

from typing import ClassVar

from nummer.kernel.errors import Refusal
from nummer.kernel.locale import gettext_noop


class KeyNotValid(Refusal):
    """No API key, or one that does not exist or was revoked."""

    code: ClassVar[str] = "fivesim_key_not_valid"
    sentence: ClassVar[str] = gettext_noop("The API key is missing or not valid.")


class CallsTooMany(Refusal):
    """The key called too often; `retry_after_s` says when it may again."""

    code: ClassVar[str] = "fivesim_calls_too_many"
    sentence: ClassVar[str] = gettext_noop("Too many calls. Please wait %(retry_after_s)s seconds.")


class GuestCallsTooMany(Refusal):
    """Somebody without a key called too often; `retry_after_s` says when he may again."""

    code: ClassVar[str] = "fivesim_guest_calls_too_many"
    sentence: ClassVar[str] = gettext_noop("Too many calls. Please wait %(retry_after_s)s seconds.")


class ParameterMalformed(Refusal):
    """A parameter is too long or of a wrong type."""

    code: ClassVar[str] = "fivesim_parameter_malformed"
    sentence: ClassVar[str] = gettext_noop("One of the parameters has an invalid value.")


class CategoryUnknown(Refusal):
    """A history is of activations or of hosting; neither was named."""

    code: ClassVar[str] = "fivesim_category_unknown"
    sentence: ClassVar[str] = gettext_noop("One of the parameters has an invalid value.")


class CountryMissing(Refusal):
    """A purchase names no country."""

    code: ClassVar[str] = "fivesim_country_missing"
    sentence: ClassVar[str] = gettext_noop("One of the parameters has an invalid value.")


class OperatorMissing(Refusal):
    """A purchase names no carrier, nor `any`."""

    code: ClassVar[str] = "fivesim_operator_missing"
    sentence: ClassVar[str] = gettext_noop("One of the parameters has an invalid value.")


class OperatorUnknown(Refusal):
    """No carrier of that name has numbers in that country."""

    code: ClassVar[str] = "fivesim_operator_unknown"
    sentence: ClassVar[str] = gettext_noop("There is no such carrier.")


class ListedCountryUnknown(Refusal):
    """Prices are asked for a country that this protocol does not know."""

    code: ClassVar[str] = "fivesim_listed_country_unknown"
    sentence: ClassVar[str] = gettext_noop("One of the parameters has an invalid value.")


class ListedProductUnknown(Refusal):
    """Prices are asked for a product that is not offered."""

    code: ClassVar[str] = "fivesim_listed_product_unknown"
    sentence: ClassVar[str] = gettext_noop("One of the parameters has an invalid value.")


class NotSoldHere(Refusal):
    """What was asked for (hosting, a call, a forward, a number to use again) is not sold."""

    code: ClassVar[str] = "fivesim_not_sold_here"
    sentence: ClassVar[str] = gettext_noop("This kind of number is not sold here.")


class ReuseImpossible(Refusal):
    """A number is sold for a service once, so it cannot be bought again."""

    code: ClassVar[str] = "fivesim_reuse_impossible"
    sentence: ClassVar[str] = gettext_noop("A number is sold for one service only once.")


class NotVendor(Refusal):
    """Customers sell nothing to us by this protocol."""

    code: ClassVar[str] = "fivesim_not_vendor"
    sentence: ClassVar[str] = gettext_noop("There is nothing at this address.")


class PathUnknown(Refusal):
    """There is nothing at this address."""

    code: ClassVar[str] = "fivesim_path_unknown"
    sentence: ClassVar[str] = gettext_noop("There is nothing at this address.")


class MethodNotOffered(Refusal):
    """The protocol reads and buys with GET only."""

    code: ClassVar[str] = "fivesim_method_not_offered"
    sentence: ClassVar[str] = gettext_noop("This address does not offer that method.")
