"""How django-allauth asks us about people who come from Google."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from allauth.account.adapter import get_adapter as account_adapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin
from allauth.socialaccount.providers.base import AuthError, AuthProcess
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from nummer.apps.accounts import actions as accounts_actions
from nummer.apps.accounts import queries as accounts
from nummer.apps.accounts.emails import normalise_email
from nummer.apps.accounts.errors import GoogleAccountTaken
from nummer.apps.accounts.ports import sign_in_provider
from nummer.faces.site.forms import GoogleSignupForm
from nummer.faces.site.requests import refused
from nummer.kernel import clock

METHOD: Final = "google"


class GoogleSignIn(DefaultSocialAccountAdapter):  # type: ignore[misc]  # the library has no types
    """Connects what Google says of a person to our accounts (ADR 400)."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultSocialAccountAdapter.error_messages,
        "email_taken": _("This e-mail address cannot be used."),
        "invalid_token": _("Google's answer is not right."),
        "no_password": _("Please choose a password first; then you can sign in without Google."),
        "no_verified_email": _("Please confirm your e-mail address first."),
        "connected_other": _("This Google account belongs to another account."),
    }

    def list_apps(
        self, request: HttpRequest, provider: str | None = None, client_id: str | None = None
    ) -> list[SocialApp]:
        """Return our client at Google; none stands in the database."""
        google = sign_in_provider()
        if google is None or provider not in (None, METHOD):
            return []
        return [SocialApp(provider=METHOD, client_id=google.client_id, secret=google.secret)]

    def populate_user(
        self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]
    ) -> AbstractBaseUser:
        """Take the address only, as what the sign-up form begins with."""
        user: AbstractBaseUser = sociallogin.user
        user.email = normalise_email(str(data.get("email") or "")) or None  # type: ignore[attr-defined]
        return user

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Merge nobody: whose address has an account signs in there first, and then connects.

        Only the owner of the address, by Google's word, is told that there is one.
        """
        if sociallogin.is_existing or sociallogin.state.get("process") == AuthProcess.CONNECT:
            return
        if any(accounts.email_signs_in(email) for email in _verified(sociallogin)):
            answer = render(request, "socialaccount/known.html", status=409)
            raise ImmediateHttpResponse(answer)

    def save_user(
        self, request: HttpRequest, sociallogin: SocialLogin, form: GoogleSignupForm | None = None
    ) -> AbstractBaseUser:
        """Open the account of somebody who comes from Google, and connect the two."""
        assert form is not None, "nobody signs up without phone and accepted texts"
        try:
            with transaction.atomic():
                user = account_adapter().save_user(request, None, form)
                sociallogin.user, confirmed = user, _verified(sociallogin)
                sociallogin.email_addresses = []
                sociallogin.save(request)
                if user.email in confirmed:
                    accounts_actions.confirm_email(user.account_id, now=clock.now())
        except IntegrityError:  # connected by another window meanwhile
            taken = refused(request, GoogleAccountTaken())
            raise ImmediateHttpResponse(taken) from None
        return user  # type: ignore[no-any-return]

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, *said: Any, **more: Any
    ) -> None:
        """Write the line of a try that failed; nobody knows whose it was."""
        if more.get("error") == AuthError.CANCELLED:
            return
        ours = account_adapter()
        accounts_actions.record_login(
            None,
            account_id=None,
            succeeded=False,
            method=METHOD,
            ip=ours.get_client_ip(request),
            agent=ours.get_http_user_agent(request),
            now=clock.now(),
        )


def _verified(sociallogin: SocialLogin) -> set[str]:
    """Return the addresses of which Google says that they are this person's."""
    return {normalise_email(each.email) for each in sociallogin.email_addresses if each.verified}
