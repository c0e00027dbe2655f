"""Steps of signing in: each try that fails leaves a line, and passkeys keep their names sealed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

from allauth.account.adapter import get_adapter
from allauth.account.forms import ConfirmLoginCodeForm
from allauth.core import context
from allauth.mfa.adapter import get_adapter as second_factor
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    EditWebAuthnForm,
    LoginWebAuthnForm,
)
from django import forms
from django.utils.translation import gettext_lazy as _

from nummer.apps.accounts import actions as accounts_actions
from nummer.apps.vault.actions import seal_text, unseal_text
from nummer.apps.vault.keys import OPERATOR_ACCOUNT_ID, KeyClass
from nummer.kernel import clock

PASSKEY: Final = "passkey"
_NAME_MAX: Final = 40
_PLACE: Final[Mapping[str, Any]] = {
    "account_id": OPERATOR_ACCOUNT_ID,
    "klass": KeyClass.IDENTITY,
    "place": "mfa_authenticator.name",
    "row": 0,  # the library seals before the row has an id
}
_BY_TYPE: Final = {"webauthn": PASSKEY, "recovery_codes": "recovery"}
_OURS: Final = {"socialaccount": "google"}


# What the library lets out where a browser sends something else than a credential.
_MALFORMED: Final = (AttributeError, KeyError, TypeError, ValueError)


def method_of(records: Sequence[Mapping[str, Any]]) -> str:
    """Return by what somebody signed in, as the login library wrote its steps down."""
    steps = (
        _BY_TYPE.get(str(record.get("type")), _OURS.get(record["method"], record["method"]))
        for record in records
    )
    return "+".join(dict.fromkeys(steps))[:20] or "password"


def note_failure(user: Any, *, method: str) -> None:
    """Write the line of a try that failed; `user` is whose account was tried, None if unknown."""
    ours, request = get_adapter(), context.request
    accounts_actions.record_login(
        None if user is None else user.pk,
        account_id=None if user is None else user.account_id,
        succeeded=False,
        method=method,
        ip=ours.get_client_ip(request),
        agent=ours.get_http_user_agent(request),
        now=clock.now(),
    )


class CodeForm(ConfirmLoginCodeForm):  # type: ignore[misc]  # the library has no types
    """The code by mail or SMS."""

    def clean_code(self) -> str:
        """Return the code. Raises ValidationError."""
        try:
            return str(super().clean_code())
        except forms.ValidationError:
            stage = context.request._login_stage  # noqa: SLF001 -- the only place that knows who
            note_failure(stage.login.user, method="code")
            raise


class SecondFactorForm(AuthenticateForm):  # type: ignore[misc]  # as above
    """The authenticator's code, or one for recovery."""

    def clean_code(self) -> str:
        """Return the code. Raises ValidationError."""
        try:
            return str(super().clean_code())
        except forms.ValidationError:
            note_failure(self.user, method="mfa")
            raise


class SecondPasskeyForm(AuthenticateWebAuthnForm):  # type: ignore[misc]  # as above
    """A passkey after a password or a code."""

    def clean_credential(self) -> Any:
        """Return the passkey. Raises ValidationError."""
        try:
            return super().clean_credential()
        except (forms.ValidationError, *_MALFORMED) as error:
            note_failure(self.user, method=PASSKEY)
            raise _not_right(error) from None


class PasskeyLoginForm(LoginWebAuthnForm):  # type: ignore[misc]  # as above
    """A passkey alone. Whom it names is the browser's word, so no line is written for him."""

    def clean_credential(self) -> Any:
        """Return the passkey. Raises ValidationError."""
        try:
            return super().clean_credential()
        except (forms.ValidationError, *_MALFORMED) as error:
            note_failure(None, method=PASSKEY)
            raise _not_right(error) from None


class _NamedForm(forms.Form):
    """Gives a passkey a name, which is kept sealed: people write their own into it."""

    name_field: ClassVar[dict[str, Any]] = {"max_length": _NAME_MAX, "label": _("Name")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"] = forms.CharField(
            **self.name_field,
            help_text=_("Only you see it; it helps you to tell your passkeys apart."),
        )

    def clean_name(self) -> str:
        """Return the name as it is kept."""
        return sealed_name(str(self.cleaned_data["name"]).strip())


class AddPasskeyForm(_NamedForm, AddWebAuthnForm):  # type: ignore[misc]  # as above
    """A new passkey, that signs in by itself."""

    field_order = ("name", "credential", "passwordless")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["passwordless"] = forms.BooleanField(
            initial=True, required=True, widget=forms.HiddenInput
        )

    def clean(self) -> dict[str, Any]:
        """Refuse what is no passkey. Raises ValidationError."""
        try:
            return dict(super().clean() or {})
        except _MALFORMED as error:
            raise _not_right(error) from None


class RenamePasskeyForm(_NamedForm, EditWebAuthnForm):  # type: ignore[misc]  # as above
    """Another name for a passkey."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["name"] = plain_name(self.instance.wrap().name)


def _not_right(error: Exception) -> forms.ValidationError:
    if isinstance(error, forms.ValidationError):
        return error
    refused: forms.ValidationError = second_factor().validation_error("incorrect_code")
    return refused


def sealed_name(name: str) -> str:
    """Return a passkey's name as its row keeps it."""
    return seal_text(name, **_PLACE).hex()


def plain_name(sealed: str) -> str:
    """Return a passkey's name as its owner wrote it."""
    return unseal_text(bytes.fromhex(sealed), **_PLACE)
