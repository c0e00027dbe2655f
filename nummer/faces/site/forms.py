"""Forms of sign-up and of the account."""

from __future__ import annotations

from typing import Any, Final

from allauth.account.adapter import get_adapter
from allauth.account.forms import SignupForm as LibrarySignupForm
from allauth.socialaccount.forms import SignupForm as LibrarySocialSignupForm
from django import forms
from django.conf import settings
from django.http import HttpRequest, QueryDict
from django.utils.translation import get_language, gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from nummer.apps.accounts import queries as accounts
from nummer.apps.agreements import queries as agreements
from nummer.apps.agreements.queries import AcceptedText
from nummer.apps.catalogue import queries as catalogue
from nummer.faces.site.refusals import sentence
from nummer.faces.site.templatetags.nummer import country as country_name
from nummer.kernel import clock
from nummer.kernel.errors import Refusal
from nummer.kernel.locale import gettext_noop
from nummer.kernel.phone import PhoneNumber

# Words of the login library that our pages show; our catalogue translates them.
OF_THE_LIBRARY: Final = (
    gettext_noop("Password"),
    gettext_noop("Phone"),
    gettext_noop("Code"),
    gettext_noop("Remember Me"),
    gettext_noop("Current Password"),
    gettext_noop("New Password"),
    gettext_noop("New Password (again)"),
    gettext_noop("Forgot your password?"),
    gettext_noop("Authenticator code"),
    ngettext_lazy(  # Django's own Norwegian has an older form of this one
        "This password is too short. It must contain at least %d character.",
        "This password is too short. It must contain at least %d characters.",
        8,
    ),
)


def countries() -> list[tuple[str, str]]:
    """Return the countries a customer may live in, by name in the reader's language."""
    found = [(row.code, country_name(row.code)) for row in catalogue.countries()]
    return sorted(found, key=lambda entry: entry[1].casefold())


class _AccountForm(forms.Form):
    """What every account is opened with, beside its first way to sign in."""

    field_order = ("email", "phone", "password1", "kind", "country", "currency", "accept", "notice")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = gettext("E-mail")
        self.fields["email"].help_text = gettext(
            "You sign in with it, and receipts and notices about your account go there."
        )
        self.fields["phone"].label = gettext("Your own mobile number")
        self.fields["phone"].help_text = gettext(
            "With country code, for example +47 900 00 000. We send you a code by SMS. The number"
            " shows us that a real person holds the account; we do not advertise with it."
        )
        self.fields["kind"] = forms.ChoiceField(
            label=gettext("You order as"),
            choices=[("person", gettext("a private person")), ("company", gettext("a company"))],
            help_text=gettext("It decides on your rights as a consumer, on tax and on invoices."),
        )
        visitor = settings.VISITOR[get_language() or "en"]
        self.fields["country"] = forms.ChoiceField(
            label=gettext("Country"),
            choices=countries(),
            initial=visitor["country"],
            help_text=gettext("It decides which tax is in the price."),
        )
        self.fields["currency"] = forms.ChoiceField(
            label=gettext("Currency of the balance"),
            choices=[(code, code) for code in catalogue.currencies()],
            initial=visitor["currency"],
            help_text=gettext("It cannot be changed later; nothing is ever converted."),
        )
        self.fields["accept"] = forms.BooleanField(
            label=gettext("I accept the terms of service and the refund policy."),
            error_messages={"required": gettext("Without your acceptance there is no account.")},
        )
        self.fields["notice"] = forms.BooleanField(
            label=gettext("I have read the privacy notice."),
            error_messages={"required": gettext("Please read the privacy notice first.")},
        )
        self.order_fields(self.field_order)
        self.texts = agreements.texts_to_accept(
            agreements.SIGN_UP_DOCUMENTS, language=get_language() or "en", now=clock.now()
        )

    def clean_phone(self) -> str:
        """Read the number as the chosen country writes it, and refuse what nobody can hold."""
        number = phone_number(self.cleaned_data["phone"], region=self.data.get("country"))
        try:
            accounts.require_usable_phone(number)
        except Refusal as refusal:
            raise forms.ValidationError(sentence(refusal)) from refusal
        return number.e164

    def clean(self) -> dict[str, Any]:
        """Refuse when a text changed between showing the page and sending it."""
        cleaned: dict[str, Any] = super().clean() or {}
        if set(self.accepted()) != {text.as_accepted() for text in self.texts}:
            self.add_error(None, gettext("A text has changed meanwhile. Please read it again."))
        return cleaned

    def accepted(self) -> list[AcceptedText]:
        """Return the texts that stood on the page, as the customer ticked them."""
        lines = [line.split("|") for line in self._texts()[:10]]
        return [AcceptedText(*line) for line in lines if len(line) == 4]  # noqa: PLR2004 -- its fields

    def _texts(self) -> list[str]:
        assert isinstance(self.data, QueryDict), "a form of a page"
        return self.data.getlist("text")


class SignupForm(_AccountForm, LibrarySignupForm):  # type: ignore[misc]  # the library has no types
    """Sign-up on one page; codes by SMS and mail are the second and the third step."""

    def try_save(self, request: HttpRequest) -> Any:
        """Open the account, or take as long where the address or the phone has one already."""
        if self.account_already_exists:
            get_adapter(request).rehearse_sign_up(self)
        return super().try_save(request)


class GoogleSignupForm(_AccountForm, LibrarySocialSignupForm):  # type: ignore[misc]  # as above
    """Sign-up of somebody who comes from Google: everything but a password."""


def phone_number(text: str, *, region: str | None) -> PhoneNumber:
    """Return what a person wrote as a number. Raises ValidationError with a clear sentence."""
    try:
        return PhoneNumber.parse(text, region=region)
    except ValueError:
        raise forms.ValidationError(
            gettext("This is not a phone number. Please write it with the country code.")
        ) from None


class PhoneField(forms.CharField):
    """A phone number as a person writes it; its value is E.164 where it can be read."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Phone"))
        kwargs.setdefault("max_length", 40)
        kwargs.setdefault("widget", forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}))
        super().__init__(**kwargs)


class ChangedPhoneField(PhoneField):
    """A new phone of a customer who is signed in: read and judged at once."""

    def clean(self, value: Any) -> str:
        """Return E.164. Raises ValidationError."""
        number = phone_number(super().clean(value), region=None)
        try:
            accounts.require_usable_phone(number)
        except Refusal as refusal:
            raise forms.ValidationError(sentence(refusal)) from refusal
        return number.e164
