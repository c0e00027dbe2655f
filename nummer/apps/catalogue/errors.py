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


class UnknownCity(Refusal):
    """The country has no city with that code."""

    code: ClassVar[str] = "unknown_city"
    sentence: ClassVar[str] = gettext_noop("We do not know this city.")


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


class NoRate(Refusal):
    """No rate of that currency covers the number."""

    code: ClassVar[str] = "no_rate"
    sentence: ClassVar[str] = gettext_noop("We do not send SMS to this number.")


class PrefixRefused(Refusal):
    """A prefix is up to 15 digits without plus and spaces; none stands for every number."""

    code: ClassVar[str] = "prefix_refused"
    sentence: ClassVar[str] = gettext_noop("A prefix has up to 15 digits, without plus and spaces.")


class CarrierCodeRefused(Refusal):
    """A carrier or supplier is named by a short code."""

    code: ClassVar[str] = "carrier_code_refused"
    sentence: ClassVar[str] = gettext_noop(
        "A carrier's code has up to 20 small letters, digits and hyphens."
    )


class RouteRefused(Refusal):
    """Priority or throughput is outside what a route can have."""

    code: ClassVar[str] = "route_refused"
    sentence: ClassVar[str] = gettext_noop(
        "A priority is 0 to 999, a throughput 1 to 100,000 SMS a second."
    )


class SoldBelowCost(Refusal):
    """An SMS would be sold for less than a carrier takes, and nobody allowed it."""

    code: ClassVar[str] = "sold_below_cost"
    sentence: ClassVar[str] = gettext_noop(
        "An SMS to %(prefix)s would be sold at %(price)s and bought at %(cost)s; give a reason"
        " to allow it."
    )


class NoParity(Refusal):
    """Two currencies have to be compared and nobody said what one of them counts."""

    code: ClassVar[str] = "no_parity"
    sentence: ClassVar[str] = gettext_noop(
        "Say first what a unit of %(currency)s counts in euros, so that it can be compared."
    )


class ReasonRefused(Refusal):
    """A reason is a short sentence."""

    code: ClassVar[str] = "reason_refused"
    sentence: ClassVar[str] = gettext_noop("Give a reason of 10 to 200 characters.")


class ListTooLarge(Refusal):
    """A price list has a size that is read in one go."""

    code: ClassVar[str] = "list_too_large"
    sentence: ClassVar[str] = gettext_noop(
        "The file is larger than %(megabytes)s MB, or has more than %(lines)s lines."
    )


class ListEmpty(Refusal):
    """The file has no heading, or no line below it."""

    code: ClassVar[str] = "list_empty"
    sentence: ClassVar[str] = gettext_noop("The file has no lines.")


class ListBroken(Refusal):
    """A line is not CSV in UTF-8."""

    code: ClassVar[str] = "list_broken"
    sentence: ClassVar[str] = gettext_noop("Line %(line)s cannot be read as CSV in UTF-8.")


class ListColumnMissing(Refusal):
    """The heading lacks a column, or has it twice."""

    code: ClassVar[str] = "list_column_missing"
    sentence: ClassVar[str] = gettext_noop(
        "Line 1: the column %(column)s must stand there exactly once."
    )


class ListFieldsRefused(Refusal):
    """A line has more or fewer fields than the heading."""

    code: ClassVar[str] = "list_fields_refused"
    sentence: ClassVar[str] = gettext_noop(
        "Line %(line)s does not have %(columns)s fields as the heading has."
    )


class ListPrefixRefused(Refusal):
    """A prefix is 1 to 15 digits that do not begin with 0; one in each line."""

    code: ClassVar[str] = "list_prefix_refused"
    sentence: ClassVar[str] = gettext_noop(
        "Line %(line)s, column %(column)s: this is not one prefix of 1 to 15 digits that begins"
        " with a country code."
    )


class ListPrefixTwice(Refusal):
    """A prefix stands once in a list."""

    code: ClassVar[str] = "list_prefix_twice"
    sentence: ClassVar[str] = gettext_noop(
        "Line %(line)s, column %(column)s: this prefix stands in line %(first)s already."
    )


class ListPriceRefused(Refusal):
    """A price is a plain decimal with the sign that was stated."""

    code: ClassVar[str] = "list_price_refused"
    sentence: ClassVar[str] = gettext_noop(
        "Line %(line)s, column %(column)s: this is not a price with at most six digits after"
        " the decimal sign %(decimal)s."
    )


class ListDateRefused(Refusal):
    """A day is written in one of two forms."""

    code: ClassVar[str] = "list_date_refused"
    sentence: ClassVar[str] = gettext_noop(
        "Line %(line)s, column %(column)s: write the day as 2026-12-31 or 31.12.2026."
    )


class ListCurrencyRefused(Refusal):
    """A line is in another currency than was stated."""

    code: ClassVar[str] = "list_currency_refused"
    sentence: ClassVar[str] = gettext_noop(
        "Line %(line)s, column %(column)s: the list was said to be in %(currency)s."
    )


class NoSuchList(Refusal):
    """No price list has that id."""

    code: ClassVar[str] = "no_such_list"
    sentence: ClassVar[str] = gettext_noop("There is no such price list.")


class ListNotReady(Refusal):
    """The list is being compared, was dropped, or rates changed since it was compared."""

    code: ClassVar[str] = "list_not_ready"
    sentence: ClassVar[str] = gettext_noop(
        "Something changed since this list was compared; look at the differences again."
    )


class ListSellsBelowCost(Refusal):
    """With this list some destinations would cost more than they bring."""

    code: ClassVar[str] = "list_sells_below_cost"
    sentence: ClassVar[str] = gettext_noop(
        "%(count)s prefixes would be sold below cost; give a reason to allow it."
    )
