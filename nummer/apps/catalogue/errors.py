"""Refusals of the catalogue."""

from typing import ClassVar

from nummer.kernel.errors import Refusal
from nummer.kernel.locale import gettext_noop


class UnknownService(Refusal):
    """No service has that code."""

    code: ClassVar[str] = "unknown_service"
    sentence: ClassVar[str] = gettext_noop("We do not know this service.")


class ServiceOff(Refusal):
    """The operator has switched the service off."""

    code: ClassVar[str] = "service_off"
    sentence: ClassVar[str] = gettext_noop("This service is not offered at the moment.")


class UnknownCountry(Refusal):
    """No country has that code."""

    code: ClassVar[str] = "unknown_country"
    sentence: ClassVar[str] = gettext_noop("We do not know this country.")


class NoPrice(Refusal):
    """The service is not offered in that country and currency."""

    code: ClassVar[str] = "no_price"
    sentence: ClassVar[str] = gettext_noop(
        "This service is not offered in this country and currency."
    )


class PriceInThePast(Refusal):
    """What was charged stays as it was: a price begins now or later."""

    code: ClassVar[str] = "price_in_the_past"
    sentence: ClassVar[str] = gettext_noop("A price cannot begin in the past.")


class PriceTaken(Refusal):
    """Another price begins at that very moment."""

    code: ClassVar[str] = "price_taken"
    sentence: ClassVar[str] = gettext_noop("Another price begins at that moment already.")


class PriceNotPayable(Refusal):
    """A price is a positive whole number of minor units of a currency we keep lists in."""

    code: ClassVar[str] = "price_not_payable"
    sentence: ClassVar[str] = gettext_noop(
        "A price must be a positive sum that can be paid in this currency."
    )


class NoticeChanged(Refusal):
    """The file has other words for a version that was published."""

    code: ClassVar[str] = "notice_changed"
    sentence: ClassVar[str] = gettext_noop(
        "The text %(notice)s was published with other words; give it a higher version."
    )


class PartnerTaken(Refusal):
    """That carrier has a partner already."""

    code: ClassVar[str] = "partner_taken"
    sentence: ClassVar[str] = gettext_noop("This carrier has a partner already.")


class NoSuchPartner(Refusal):
    """No partner brings the numbers of that carrier, or he has no server to ask."""

    code: ClassVar[str] = "no_such_partner"
    sentence: ClassVar[str] = gettext_noop("There is no such partner, or he has no address.")


class PartnerAddressRefused(Refusal):
    """A partner's server is asked over TLS; in the sandbox also on this machine."""

    code: ClassVar[str] = "partner_address_refused"
    sentence: ClassVar[str] = gettext_noop(
        "Give the partner's address as https://…, without a user name in it."
    )


class PriceAboveMax(Refusal):
    """The price is higher than the buyer allows; `price` is the total with tax."""

    code: ClassVar[str] = "price_above_max"
    sentence: ClassVar[str] = gettext_noop("The price is %(price)s, more than you allow.")
