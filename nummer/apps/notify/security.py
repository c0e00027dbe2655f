"""Letters about what opens an account, so that nothing is changed there in silence.

A changed e-mail address is told to the old one, with a link that takes it back (ADR 430).
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from django.conf import settings
from django.core import signing

from nummer.apps.accounts import owning
from nummer.apps.accounts import queries as accounts
from nummer.apps.accounts.errors import EmailChangeOver
from nummer.apps.notify.actions import send_letter
from nummer.apps.notify.reach import Reach
from nummer.apps.vault.keys import OPERATOR_ACCOUNT_ID
from nummer.kernel.ids import id_of, new_id

_SALT: Final = "nummer.email-taken-back"


class Change(StrEnum):
    """What opens an account and was added, changed or taken away."""

    PASSWORD_CHANGED = "password-changed"  # noqa: S105 -- a word, no secret
    PASSWORD_SET = "password-set"  # noqa: S105 -- a word, no secret
    PASSWORD_RESET = "password-reset"  # noqa: S105 -- a word, no secret
    GOOGLE_ADDED = "google-added"
    GOOGLE_REMOVED = "google-removed"
    TOTP_ADDED = "totp-added"
    TOTP_REMOVED = "totp-removed"
    PASSKEY_ADDED = "passkey-added"
    PASSKEY_REMOVED = "passkey-removed"
    RECOVERY_CODES_NEW = "recovery-codes-new"
    PHONE_CHANGED = "phone-changed"
    KEY_ROLLED = "key-rolled"


def tell_change(
    account_id: int | None, *, to: str, change: Change, language: str, now: datetime
) -> None:
    """Write to whoever signs in with an address that what opens the account is another now.

    Of the staff, who has no account, the letter is in `language`.
    """
    own = account_id is not None and accounts.email(account_id) == to
    send_letter(
        # what a member's own login is about stands on no page of the account
        account_id if own and account_id is not None else OPERATOR_ACCOUNT_ID,
        letter="security-changed",
        context={"change": str(change), "changed_at": now.isoformat()},
        now=now,
        key=new_id(),
        reach=None if own else Reach(to=to, language=language),
    )


def tell_email_changed(account_id: int, *, before: str, change_id: UUID, now: datetime) -> None:
    """Write to the address of before that another one took its place; once for each change."""
    token = signing.dumps([account_id, str(change_id)], salt=_SALT)
    send_letter(
        account_id,
        letter="email-changed",
        context={
            "link": f"{settings.SITE_URL}/account/e-mail-back/{token}/",
            "changed_at": now.isoformat(),
            "ends_at": (now + owning.TAKEN_BACK_WITHIN).isoformat(),
        },
        now=now,
        key=id_of("email-changed", change_id),
        reach=Reach(to=before),
    )


def require_email_to_take_back(token: str, *, now: datetime) -> str:
    """Return the address that a link brings back. Refuses: EmailChangeOver."""
    account_id, change_id = _read(token)
    return owning.email_to_take_back(account_id, change_id=change_id, now=now)


def take_email_back(token: str, *, now: datetime) -> None:
    """Give an account its address of before, and close it to whoever changed it.

    Refuses: EmailChangeOver, EmailTaken.
    """
    account_id, change_id = _read(token)
    owning.take_email_back(account_id, change_id=change_id, now=now)


def _read(token: str) -> tuple[int, UUID]:
    try:
        account_id, change_id = signing.loads(token, salt=_SALT)
        return int(account_id), UUID(change_id)
    except (signing.BadSignature, ValueError, TypeError):
        raise EmailChangeOver from None
