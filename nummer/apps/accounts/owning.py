"""How the owner of an account takes his e-mail address back from whoever changed it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.db import IntegrityError, transaction

from nummer.apps.accounts import profiles, sessions
from nummer.apps.accounts.errors import EmailChangeOver, EmailTaken
from nummer.apps.accounts.models import Account, Login
from nummer.apps.accounts.profiles import Field
from nummer.apps.audit import actions as audit

TAKEN_BACK_WITHIN: Final = timedelta(days=7)


def email_to_take_back(account_id: int, *, change_id: UUID, now: datetime) -> str:
    """Return the address that a change replaced. Refuses: EmailChangeOver."""
    line = profiles.change(account_id, change_id=change_id)
    if line is None or line.changed is not Field.EMAIL or now > line.at + TAKEN_BACK_WITHIN:
        raise EmailChangeOver
    if not line.before or not Login.objects.filter(account_id=account_id, email=line.after):
        raise EmailChangeOver  # taken back already, or changed once more
    return line.before


def take_email_back(account_id: int, *, change_id: UUID, now: datetime) -> None:
    """Put the address of before in its place again.

    The password ends and every session with it: who changed the address had both. What he added
    since then to sign in goes, too. The owner chooses a new password by a mail to his address.
    Refuses: EmailChangeOver, EmailTaken. Locks: the account's row.
    """
    with transaction.atomic():
        Account.objects.select_for_update().get(id=account_id)
        before = email_to_take_back(account_id, change_id=change_id, now=now)
        line = profiles.change(account_id, change_id=change_id)
        assert line is not None, "it was found in this transaction"
        login = Login.objects.get(account_id=account_id, email=line.after)
        sessions.end_others(sessions.Owner(login.id, account_id), key="")
        login.email = before
        login.set_unusable_password()
        _save(login)
        # what was linked after the change is not the owner's: it would keep him out
        Authenticator.objects.filter(user=login, created_at__gte=line.at).delete()
        SocialAccount.objects.filter(user=login, date_joined__gte=line.at).delete()
        EmailAddress.objects.filter(user=login).delete()
        EmailAddress.objects.create(user=login, email=before, verified=True, primary=True)
        profiles.note(account_id, Field.EMAIL, before=line.after, after=before, now=now)
        audit.record(
            actor=f"customer:{account_id}",
            verb="take_email_back",
            place="accounts_login",
            row=str(login.id),
            account_id=account_id,
            fields=["email", "password"],
            now=now,
        )


def _save(login: Login) -> None:
    try:
        with transaction.atomic():
            login.save(update_fields=["email", "password"])
    except IntegrityError:
        raise EmailTaken from None
