"""Forms of the staff."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from nummer.apps.catalogue import queries as catalogue
from nummer.apps.messaging.actions.habits import HowMuch
from nummer.apps.standing.limits import OUTCOMES_KEPT, OrderLimits
from nummer.faces.backoffice.requests import sentence
from nummer.kernel.errors import Refusal
from nummer.kernel.money import MICRO, Money, minor_digits
from nummer.kernel.phone import PhoneNumber

if TYPE_CHECKING:  # at run time it has another name
    from django.utils.functional import _StrPromise

ID_MAX: Final = 2**63 - 1  # a bigint
_NOW: Final = _("Empty means now.")
LIMIT_MAX: Final = 100_000
NUMBER_MAX: Final = 30  # with spaces and brackets
SENDER_LENGTH_MAX: Final = 20
_CHOOSE: Final = ("", "\N{EM DASH}")  # nothing is chosen beforehand where a slip would cost
_PHONE_BEGINNING: Final = re.compile(r"\+[1-9][0-9]{0,14}", re.ASCII)

NUMBER_KINDS: Final = {
    "local": _("Local number"),
    "mobile": _("Mobile number"),
    "national": _("National number"),
    "tollfree": _("Toll-free number"),
}
BLOCK_KINDS: Final = {
    "service": _("Service"),
    "country": _("Country"),
    "phone": _("Phone numbers that begin with"),
    "sender": _("Sender of SMS"),
}
# Words of ours and no free text, which could hold what a customer told us.
SUSPENSION_REASONS: Final = {
    "fraud_case": _("suspected fraud"),
    "restrictions": _("restrictions not kept"),
    "payment_dispute": _("disputed payment"),
    "authority_demand": _("demand of an authority"),
    "own_wish": _("the customer's own wish"),
}
MACHINE_REASONS: Final = {"suspected_misuse": _("suspected misuse, until it is decided")}


def typed_money(amount: Decimal, *, currency: str) -> Money:
    """Return an amount as a form read it; people may write 1E+3 there, which is no plain one."""
    return Money(int(amount * MICRO), currency)


class AccountForm(forms.Form):
    """Which account to look at."""

    account = forms.IntegerField(label=_("Number of the account"), min_value=1)

    def clean_account(self) -> int:
        """Refuse what no account can be numbered."""
        number: int = self.cleaned_data["account"]
        if number > ID_MAX:
            raise forms.ValidationError(gettext("There is no account with this number."))
        return number


def order_number(*, required: bool = True, help_text: str | _StrPromise = "") -> forms.IntegerField:
    """Return the field of an order's number, as its customer reads it."""
    return forms.IntegerField(
        label=_("Number of the order"),
        required=required,
        min_value=1,
        max_value=ID_MAX,
        help_text=help_text,
    )


class RentedNumberField(forms.CharField):
    """The field of a number by the month, as people write numbers; None where it is empty."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label=_("Rented number"),
            max_length=NUMBER_MAX,
            required=False,
            help_text=_("With its country code, such as +47 21 23 45 67."),
            **kwargs,
        )

    def clean(self, value: Any) -> PhoneNumber | None:
        """Read the number, where there is one."""
        typed: str = super().clean(value)
        if not typed:
            return None
        try:
            return PhoneNumber.parse(typed)
        except ValueError:
            raise forms.ValidationError(
                gettext("Please write the number with its country code.")
            ) from None


def moment(
    label: str | _StrPromise,
    *,
    required: bool = False,
    help_text: str | _StrPromise = _NOW,
) -> forms.DateTimeField:
    """Return the field of a moment in UTC."""
    return forms.DateTimeField(
        label=label,
        required=required,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "step": "1"}),
        help_text="" if required else help_text,
    )


class LimitsForm(forms.Form):
    """The limits of orders."""

    orders_per_minute = forms.IntegerField(
        label=_("Orders within a minute"), min_value=0, max_value=LIMIT_MAX
    )
    open_max = forms.IntegerField(
        label=_("Numbers open at the same time"), min_value=0, max_value=LIMIT_MAX
    )
    share_percent_min = forms.IntegerField(
        label=_("Least share of numbers with a code, in percent"), min_value=0, max_value=100
    )
    share_after = forms.IntegerField(
        label=_("The share counts once so many numbers have ended"),
        min_value=1,
        max_value=OUTCOMES_KEPT,
    )

    @classmethod
    def showing(cls, limits: OrderLimits) -> LimitsForm:
        """Return the form with the limits that count now."""
        return cls(initial={name: getattr(limits, name) for name in cls.base_fields})

    def limits(self) -> OrderLimits:
        """Return what was typed, once it is valid."""
        return OrderLimits(**self.cleaned_data)


class SendingLimitsForm(forms.Form):
    """The limits of sending SMS; 0 where nothing limits it."""

    per_minute = forms.IntegerField(
        label=_("SMS sent within a minute"), min_value=0, max_value=LIMIT_MAX
    )
    per_day = forms.IntegerField(label=_("SMS sent in a day"), min_value=0, max_value=LIMIT_MAX)
    new_recipients_per_hour = forms.IntegerField(
        label=_("New accounts: different recipients within an hour"),
        min_value=0,
        max_value=LIMIT_MAX,
    )
    new_abroad_per_day = forms.IntegerField(
        label=_("New accounts: SMS a day to other countries than the number's"),
        help_text=_("0 lets any number through."),
        min_value=0,
        max_value=LIMIT_MAX,
    )

    @classmethod
    def showing(cls, limits: HowMuch) -> SendingLimitsForm:
        """Return the form with the limits that count now."""
        return cls(initial={name: getattr(limits, name) for name in cls.base_fields})

    def limits(self) -> HowMuch:
        """Return what was typed, once it is valid."""
        return HowMuch(**self.cleaned_data)


class BlockForm(forms.Form):
    """What to refuse for everybody."""

    kind = forms.ChoiceField(label=_("Kind"), choices=list(BLOCK_KINDS.items()))
    value = forms.CharField(
        label=_("Value"),
        max_length=40,
        help_text=_("Code of the service, code of the country (NO), +47… or the sender's name."),
    )
    reason = forms.CharField(label=_("Reason"), max_length=200)

    def clean(self) -> dict[str, Any]:
        """Write the value as orders are compared with it, and refuse what can never match."""
        cleaned: dict[str, Any] = super().clean() or {}
        if "kind" in cleaned and "value" in cleaned:
            try:
                cleaned["value"] = _blockable(cleaned["kind"], cleaned["value"])
            except forms.ValidationError as error:
                self.add_error("value", error)
        return cleaned


def _blockable(kind: str, value: str) -> str:
    try:
        match kind:
            case "service":
                return catalogue.service(value.lower()).code
            case "country":
                return catalogue.country(value.upper()).code
            case "phone":
                return _phone_beginning(value)
    except Refusal as refusal:
        raise forms.ValidationError(sentence(refusal)) from refusal
    if len(value.casefold()) > SENDER_LENGTH_MAX:
        raise forms.ValidationError(gettext("A sender has at most 20 signs."))
    return value


def _phone_beginning(value: str) -> str:
    beginning = re.sub(r"[\s-]", "", value)
    if not _PHONE_BEGINNING.fullmatch(beginning):
        raise forms.ValidationError(
            gettext("Please write the first digits of the phone numbers with +, like +4790.")
        )
    return beginning


class SuspensionForm(forms.Form):
    """Which orders of an account to stop, and why."""

    service = forms.ChoiceField(label=_("Service"), required=False)
    reason = forms.ChoiceField(label=_("Reason"), choices=[_CHOOSE, *SUSPENSION_REASONS.items()])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["service"]
        assert isinstance(field, forms.ChoiceField), "declared above"
        field.choices = [("", gettext("all services")), *_services()]


class PriceForm(forms.Form):
    """A price without tax from a moment on, or the end of an offer."""

    service = forms.ChoiceField(label=_("Service"))
    country = forms.ChoiceField(label=_("Country"))
    currency = forms.ChoiceField(label=_("Currency"))
    net = forms.CharField(label=_("Price without tax"), max_length=20, required=False)
    from_at = moment(_("From (UTC)"), help_text=_("Empty means from now on."))
    ends = forms.BooleanField(label=_("End the offer then, instead of a price"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = {
            "service": [_CHOOSE, *_services()],
            "country": [_CHOOSE, *countries()],
            "currency": [(code, code) for code in catalogue.currencies()],
        }
        for name, offered in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField), "declared above"
            field.choices = offered

    def clean(self) -> dict[str, Any]:
        """Refuse a price that ends, and neither."""
        cleaned: dict[str, Any] = super().clean() or {}
        text = cleaned.get("net", "")
        if bool(text) == bool(cleaned.get("ends")):
            self.add_error("net", gettext("Please write a price, or end the offer."))
        elif text and "currency" in cleaned:
            cleaned["sum"] = self._sum(text, currency=cleaned["currency"])
        return cleaned

    def _sum(self, text: str, *, currency: str) -> Money | None:
        """Read 20.00 or 20,00; more digits than coins have could be meant as thousands."""
        whole, _mark, coins = text.replace(",", ".").partition(".")
        try:
            if len(coins) <= minor_digits(currency):
                return Money.parse(f"{whole}.{coins}" if coins else whole, currency)
        except ValueError:
            pass
        self.add_error("net", gettext("Please write an amount like 20.00."))
        return None

    def price(self) -> dict[str, Any]:
        """Return what was chosen, once it is valid."""
        chosen = self.cleaned_data
        return {
            "service": chosen["service"],
            "country": chosen["country"],
            "currency": chosen["currency"],
            "net": chosen.get("sum"),
        }

    def begins(self, now: datetime) -> datetime:
        """Return the moment that was typed, or `now`."""
        at: datetime | None = self.cleaned_data["from_at"]
        return at or now


def _services() -> list[tuple[str, str]]:
    return [(row.code, row.name) for row in catalogue.services(enabled_only=False)]


def countries() -> list[tuple[str, str]]:
    """Return code and name of each country, in the order of its names in the reader's language."""
    language = (get_language() or "en").split("-")[0]
    rows = [(row.code, row.name(language)) for row in catalogue.countries()]
    return sorted(rows, key=lambda row: row[1].casefold())
