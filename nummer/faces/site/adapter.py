"""How django-allauth asks us for phones, mails and new accounts."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, ClassVar, Final
from urllib.parse import urlsplit, urlunsplit

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.models import EmailAddress
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django import forms
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from nummer.apps.accounts import actions as accounts_actions
from nummer.apps.accounts import members, profiles
from nummer.apps.accounts import queries as accounts
from nummer.apps.accounts.emails import hides_something, normalise_email
from nummer.apps.agreements import actions as agreements
from nummer.apps.agreements.queries import operator
from nummer.apps.ledger import actions as ledger
from nummer.apps.messaging import actions as messaging
from nummer.apps.notify import actions as notify
from nummer.apps.notify import security
from nummer.apps.notify.inviting import write_to_member
from nummer.apps.notify.reach import Reach
from nummer.apps.notify.security import Change
from nummer.apps.vault.actions import seal_text, unseal_text
from nummer.apps.vault.keys import OPERATOR_ACCOUNT_ID, KeyClass
from nummer.faces.site import consent, open_sessions, rights
from nummer.faces.site.forms import ChangedPhoneField, GoogleSignupForm, PhoneField, SignupForm
from nummer.faces.site.requests import OWNER, refused
from nummer.faces.site.sign_in import method_of
from nummer.faces.site.views.acceptance import page_after_login
from nummer.faces.site.zones import keep_zone
from nummer.kernel import clock
from nummer.kernel.errors import Refusal, Unavailable
from nummer.kernel.ids import new_id
from nummer.kernel.phone import PhoneNumber

SURFACE: Final = "site"
# The staff's second factor is the authenticator; the phone of an account is its owner's.
NO_PHONE_NEEDED: Final = ("", True)

# The library's name of a mail, our letter, and where its words come from.
_LETTERS: Final[Mapping[str, tuple[str, Mapping[str, str]]]] = {
    "account/email/email_confirmation": ("email-confirmation", {"activate_url": "link"}),
    "account/email/email_confirmation_signup": ("email-confirmation", {"activate_url": "link"}),
    "account/email/login_code": ("login-code", {"code": "code"}),
    "account/email/password_reset_key": ("password-reset", {"password_reset_url": "link"}),
    "account/email/account_already_exists": ("account-exists", {"password_reset_url": "link"}),
}
_TO_NOBODY: Final = "account/email/unknown_account"

# The library's name of a notice, and what happened.
_CHANGES: Final[Mapping[str, Change]] = {
    "account/email/password_changed": Change.PASSWORD_CHANGED,
    "account/email/password_set": Change.PASSWORD_SET,
    "account/email/password_reset": Change.PASSWORD_RESET,
    "socialaccount/email/account_connected": Change.GOOGLE_ADDED,
    "socialaccount/email/account_disconnected": Change.GOOGLE_REMOVED,
    "mfa/email/totp_activated": Change.TOTP_ADDED,
    "mfa/email/totp_deactivated": Change.TOTP_REMOVED,
    "mfa/email/webauthn_added": Change.PASSKEY_ADDED,
    "mfa/email/webauthn_removed": Change.PASSKEY_REMOVED,
    "mfa/email/recovery_codes_generated": Change.RECOVERY_CODES_NEW,
}


class SiteAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # the library has no types
    """Connects the login library to our accounts."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": _("This account is not active."),
        "duplicate_email": _("This is your e-mail address already."),
        "email_password_mismatch": _("The e-mail address or the password is not right."),
        "phone_password_mismatch": _("The phone number or the password is not right."),
        "email_taken": _("This e-mail address cannot be used."),
        "enter_current_password": _("Please enter your current password."),
        "incorrect_code": _("This code is not right."),
        "incorrect_password": _("This password is not right."),
        "invalid_login": _("This sign-in is not right."),
        "invalid_password_reset": _("This link for a new password is no longer valid."),
        "phone_taken": _("This phone number belongs to another account."),
        "too_many_login_attempts": _("Too many tries. Please wait a few minutes."),
        "unverified_primary_email": _("Please confirm your e-mail address first."),
        "same_as_current": _("This is what you have already."),
        "rate_limited": _("Too many tries. Please wait a few minutes."),
    }

    # Sign-up

    def save_user(
        self,
        request: HttpRequest,
        user: Any,
        form: SignupForm | GoogleSignupForm,
        commit: bool = True,  # noqa: FBT001, FBT002 -- the library's signature
    ) -> AbstractBaseUser:
        """Make account and login in one step, with every text that was ticked."""
        try:
            with transaction.atomic():
                return self._sign_up(form)
        except Refusal as refusal:  # somebody was faster with the same address or number
            raise ImmediateHttpResponse(refused(request, refusal)) from refusal

    def rehearse_sign_up(self, form: SignupForm) -> None:
        """Make somebody else's account and take it back, so that a known address takes as long.

        The outer transaction commits, so that the disk is waited for (hostile 37).
        """
        with transaction.atomic(), transaction.atomic():
            with suppress(Refusal):  # it is the phone that has an account: the last that is asked
                self._sign_up(form, email=f"{new_id().hex}@example.invalid")
            transaction.set_rollback(True)

    def _sign_up(
        self, form: SignupForm | GoogleSignupForm, *, email: str | None = None
    ) -> AbstractBaseUser:
        data, now = form.cleaned_data, clock.now()
        login = agreements.sign_up(
            email=email or data["email"],
            password=data.get("password1"),
            phone=PhoneNumber(data["phone"]),
            kind=data["kind"],
            country=data["country"],
            currency=data["currency"],
            locale=get_language() or "en",
            accepted=form.accepted(),
            surface=SURFACE,
            now=now,
        )
        assert login.account_id is not None, "a customer's login has an account"
        ledger.open_wallet(login.account_id, currency=data["currency"], now=now)
        return login

    def phone_form_field(self, **kwargs: Any) -> forms.Field:
        """Return the field for a phone: a signed-in customer's is judged by the field itself."""
        request = self.request
        if request is not None and getattr(request.user, "is_authenticated", False):
            return ChangedPhoneField(**kwargs)
        return PhoneField(**kwargs)

    def clean_email(self, email: str) -> str:
        """Return the one spelling that we keep, so that another one of it is known as taken."""
        spelling: str = normalise_email(super().clean_email(email))
        validate_email(spelling)  # normalising can make two letters, or a stroke, of one
        if hides_something(spelling):
            raise ValidationError(validate_email.message, code=validate_email.code)
        return spelling

    # Confirmations

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Note that the customer followed the link (LD-R3)."""
        account_id = email_address.user.account_id
        if email_address.user.member_role != OWNER:  # the account's address is the owner's
            return bool(super().confirm_email(request, email_address))
        before = "" if account_id is None else accounts.email(account_id) or ""
        with transaction.atomic():
            confirmed = bool(super().confirm_email(request, email_address))
            if confirmed and account_id is not None:
                _note_confirmed(account_id, before=before)
        return confirmed

    def set_phone(self, user: Any, phone: str, verified: bool) -> None:  # noqa: FBT001 -- theirs
        """Keep the phone, sealed."""
        self._keep(user, phone, confirmed=verified)

    def _keep(self, user: Any, phone: str, *, confirmed: bool) -> None:
        if user.member_role != OWNER:
            raise PermissionDenied
        try:
            accounts_actions.set_phone(
                user.account_id, number=PhoneNumber(phone), confirmed=confirmed, now=clock.now()
            )
        except Refusal as refusal:
            raise ImmediateHttpResponse(refused(self.request, refusal)) from refusal

    def get_phone(self, user: Any) -> tuple[str, bool] | None:
        """Return the customer's phone and whether it is confirmed."""
        if user.account_id is None or user.member_role != OWNER:
            return NO_PHONE_NEEDED
        row = accounts.phone(user.account_id)
        return None if row is None else (row.number.e164, row.confirmed)

    def set_phone_verified(self, user: Any, phone: str) -> None:
        """Note that the customer read our code on this phone (LD-R1)."""
        before = None if user.account_id is None else accounts.phone(user.account_id)
        with transaction.atomic():
            self._keep(user, phone, confirmed=True)
            if before is not None and before.confirmed and before.number.e164 != phone:
                self._tell(user, Change.PHONE_CHANGED)

    def get_user_by_phone(self, phone: str) -> AbstractBaseUser | None:
        """Return who confirmed this phone."""
        try:
            return accounts.login_by_phone(PhoneNumber.parse(phone))
        except ValueError:
            return None

    # Codes and mails

    def send_verification_code_sms(self, user: Any, phone: str, code: str, **_kwargs: Any) -> None:
        """Send a code to a customer's own phone."""
        self._text(
            getattr(user, "account_id", None),
            phone,
            gettext("%(code)s is your code for %(brand)s. Do not pass it on.")
            % {"code": code, "brand": operator().brand},
        )

    def send_account_already_exists_sms(self, phone: str) -> None:
        """Tell the owner of a phone that somebody tried to sign up with it."""
        self._text(
            None,
            phone,
            gettext("Somebody tried to sign up at %(brand)s with this number. It has an account.")
            % {"brand": operator().brand},
        )

    def _text(self, account_id: int | None, phone: str, text: str) -> None:
        messaging.queue_system_text(
            account_id,
            to=PhoneNumber(phone),
            text=text,
            purpose="login-code",
            key=new_id(),
            now=clock.now(),
        )

    def send_notification_mail(
        self,
        template_prefix: str,
        user: Any,
        context: Mapping[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Tell whoever signs in that a way to do so was added, changed or taken away.

        A changed e-mail address is told by `confirm_email`. The recovery codes that come with a
        first passkey or app need no letter of their own.
        """
        change = _CHANGES.get(template_prefix)
        if change is None:
            return
        told: frozenset[Change] = getattr(self.request, "told_of_changes", frozenset())
        if change is Change.RECOVERY_CODES_NEW and told & {Change.TOTP_ADDED, Change.PASSKEY_ADDED}:
            return
        self.request.told_of_changes = told | {change}
        self._tell(user, change)

    def _tell(self, user: Any, change: Change) -> None:
        security.tell_change(
            user.account_id,
            to=user.email,
            change=change,
            language=get_language() or "en",
            now=clock.now(),
        )

    def send_mail(self, template_prefix: str, email: str, context: Mapping[str, Any]) -> None:
        """Write one of our own letters instead of the library's mails."""
        if template_prefix == _TO_NOBODY:
            _rehearse(email)
        letter = _LETTERS.get(template_prefix)
        if letter is None:
            return  # what the library tells of changes, `send_notification_mail` tells
        name, words = letter
        content = {ours: str(context[theirs]) for theirs, ours in words.items()}
        if "link" in content:
            content["link"] = _at_our_own_address(content["link"])
        if name == "login-code":
            content["minutes"] = str(app_settings.LOGIN_BY_CODE_TIMEOUT // 60)
        self._write(name, content, to=email, user=context.get("user"))

    def _write(self, name: str, content: dict[str, str], *, to: str, user: Any) -> None:
        """Send by a job that tries again to who signs in with an address, to a new one at once.

        The library does not always say whose address it is; a mail sent at once would take the
        time by which a stranger learns that the address has an account, or is of the staff.
        """
        account_id, now = getattr(user, "account_id", None), clock.now()
        if account_id is None:
            known = accounts.account_signed_in_to(to)
            account_id = None if known is None else known.id
        if account_id is not None and accounts.email(account_id) == to:
            notify.send_letter(account_id, letter=name, context=content, now=now, key=new_id())
            return
        if account_id is not None and to in members.names(account_id).values():
            write_to_member(account_id, to=to, letter=name, content=content, key=new_id(), now=now)
            return
        if account_id is None:
            _post(name, content, to=to)
            return
        if getattr(user, "member_role", OWNER) != OWNER:
            account_id = None  # it is about her own login: no line among the account's letters
        language = get_language() or "en"
        try:
            notify.send_mail_now(
                to=to,
                letter=name,
                context=content,
                language=language,
                account_id=account_id,
                now=now,
            )
        except Unavailable as away:
            answer = render(self.request, "503.html", status=503)
            raise ImmediateHttpResponse(answer) from away

    # Signing in

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse:
        """Write the line of login activity (PP-1.2a) and speak the customer's language."""
        answer: HttpResponse = super().post_login(request, user, **kwargs)
        records = get_authentication_records(request, user)
        method = method_of(records)
        open_sessions.begin(request, method=method)
        accounts_actions.record_login(
            user.pk,
            account_id=user.account_id,
            succeeded=True,
            method=method,
            ip=self.get_client_ip(request),
            agent=self.get_http_user_agent(request),
            now=clock.now(),
        )
        if user.account_id is not None:
            if isinstance(answer, HttpResponseRedirect) and rights.may(
                user.member_role, "account-accept"
            ):
                answer["Location"] = page_after_login(user.account_id, answer.url)
            consent.carry(request, user.account_id)
            keep_zone(request, profiles.time_zone(user.account_id))
            answer.set_cookie(
                settings.LANGUAGE_COOKIE_NAME,
                accounts.account(user.account_id).locale,
                secure=settings.SESSION_COOKIE_SECURE,
                httponly=True,
                samesite="Lax",
            )
        return answer

    def logout(self, request: HttpRequest) -> None:
        """End this browser's session and its line in the list."""
        open_sessions.end(request)
        super().logout(request)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Write the line of a try that failed; the customer sees it in his list."""
        row = accounts.account_signed_in_to(str(credentials.get("email", "")))
        accounts_actions.record_login(
            None,
            account_id=None if row is None else row.id,
            succeeded=False,
            method="password",
            ip=self.get_client_ip(request),
            agent=self.get_http_user_agent(request),
            now=clock.now(),
        )


def _post(name: str, content: dict[str, str], *, to: str) -> None:
    """Write a letter to somebody who has no account."""
    notify.send_letter(
        OPERATOR_ACCOUNT_ID,
        letter=name,
        context=content,
        now=clock.now(),
        key=new_id(),
        reach=Reach(to=to, language=get_language() or "en"),
    )


def _rehearse(email: str) -> None:
    """Write a letter and take it back: an address without an account waits as one with it.

    The outer transaction commits, though nothing is left of it, so that the disk is waited for.
    """
    accounts.account_signed_in_to(email)
    accounts.email(OPERATOR_ACCOUNT_ID)
    with transaction.atomic(), transaction.atomic():
        _post("login-code", {"code": "000000", "minutes": "0"}, to=email)
        transaction.set_rollback(True)


def _note_confirmed(account_id: int, *, before: str) -> None:
    """Note a confirmed address; the one that it replaced hears of it."""
    now = clock.now()
    change_id = accounts_actions.confirm_email(account_id, before=before, now=now)
    if change_id is not None:
        security.tell_email_changed(account_id, before=before, change_id=change_id, now=now)


def _at_our_own_address(link: str) -> str:
    """Return the library's link at our public address: the Host header is the visitor's word."""
    parts = urlsplit(link)
    return settings.ENV.public_url + urlunsplit(("", "", parts.path, parts.query, ""))


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # the library has no types
    """Seals the secrets of authenticators before the library stores them."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("This code is not right."),
        "unverified_email": _("Please confirm your e-mail address first."),
        "cannot_delete_authenticator": _("The second factor cannot be switched off."),
        "cannot_generate_recovery_codes": _("Please switch the second factor on first."),
        "add_email_blocked": _("Please switch the second factor off first."),
    }

    def encrypt(self, text: str) -> str:
        """Seal a secret; nobody's key class fits but the operator's own."""
        sealed = seal_text(text, **_PLACE)
        return sealed.hex()

    def decrypt(self, encrypted_text: str) -> str:
        """Open a sealed secret."""
        return unseal_text(bytes.fromhex(encrypted_text), **_PLACE)

    def can_delete_authenticator(self, authenticator: Any) -> bool:
        """Keep the second factor of the staff."""
        return not authenticator.user.is_staff

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Return whose passkeys they are: our own host, not the one that a request names.

        The sandbox is opened by more than one name, and each has its own.
        """
        if settings.SANDBOX:
            host = context.request.get_host().partition(":")[0]
        else:
            host = urlsplit(settings.SITE_URL).hostname or ""
        return {"id": host, "name": operator().brand}

    def generate_authenticator_name(self, user: Any, type: Any) -> str:  # noqa: A002 -- theirs
        """Return what a passkey is called until its owner names it."""
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return gettext("Passkey %(number)d") % {"number": number}

    def get_totp_issuer(self) -> str:
        """Return the name shown in the authenticator."""
        return operator().brand


_PLACE: Final[dict[str, Any]] = {
    "account_id": OPERATOR_ACCOUNT_ID,
    "klass": KeyClass.IDENTITY,
    "place": "mfa_authenticator.data",
    "row": 0,  # the library seals before the row has an id
}
