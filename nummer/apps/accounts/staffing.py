"""Logins of the staff as the operator makes and ends them at the command line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from allauth.mfa.models import Authenticator
from django.contrib.auth.password_validation import (
    NumericPasswordValidator,
    get_default_password_validators,
    validate_password,
)
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from nummer.apps.accounts.actions import open_staff_login
from nummer.apps.accounts.emails import normalise_email
from nummer.apps.accounts.errors import LastOwner, NoAddress, NoSuchStaff, WeakPassword
from nummer.apps.accounts.models import Login, StaffRole
from nummer.apps.audit import actions as audit
from nummer.policy.clause import clause

PASSWORD_LETTERS_MIN: Final = 12  # of the staff; customers' data lie behind it
LISTED_MAX: Final = 500
ACTOR: Final = "system:cli"


@dataclass(frozen=True, slots=True)
class StaffLogin:
    """A login of the staff, without anything secret."""

    login_id: int
    email: str
    role: str
    active: bool
    second_factor: bool


@clause(
    "PP-2.5a",
    quote="We take the measures needed to protect our customer database.",
)
def hire(*, email: str, password: str, role: str, now: datetime) -> Login:
    """Make a login of the staff; nothing opens for it before a second factor is set up.

    Refuses: NoAddress, WeakPassword, EmailTaken.
    """
    try:
        validate_email(email)
    except ValidationError:
        raise NoAddress from None
    _require_strong(password, email=email)
    return open_staff_login(email=email, password=password, role=role, now=now)


def staff_logins() -> list[StaffLogin]:
    """Return all logins of the staff, those that may sign in first."""
    rows = Login.objects.exclude(staff_role="").order_by("-is_active", "email", "id")[:LISTED_MAX]
    guarded = set(
        Authenticator.objects.filter(
            user_id__in=[row.id for row in rows], type=Authenticator.Type.TOTP
        )
        .order_by("user_id")
        .values_list("user_id", flat=True)
    )
    return [
        StaffLogin(row.id, row.email or "", row.staff_role, row.is_active, row.id in guarded)
        for row in rows
    ]


def dismiss(email: str, *, now: datetime) -> bool:
    """Let a member of the staff sign in no more; open sessions end with it. False: done before.

    Refuses: NoSuchStaff, LastOwner. Locks: the logins of owners.
    """
    with transaction.atomic():
        owners = list(
            Login.objects.select_for_update()
            .filter(staff_role=StaffRole.OWNER, is_active=True)
            .order_by("id")
        )
        row = (
            Login.objects.select_for_update()
            .filter(email=normalise_email(email))
            .exclude(staff_role="")
            .first()
        )
        if row is None:
            raise NoSuchStaff
        if [owner.id for owner in owners] == [row.id]:
            raise LastOwner
        if not row.is_active:
            return False
        row.is_active = False
        row.save(update_fields=["is_active"])
        audit.record(
            actor=ACTOR,
            verb="dismiss_staff",
            place="accounts_login",
            row=str(row.id),
            fields=["is_active"],
            now=now,
        )
    return True


def _require_strong(password: str, *, email: str) -> None:
    if len(password) < PASSWORD_LETTERS_MIN:
        raise WeakPassword(reason=f"at least {PASSWORD_LETTERS_MIN} letters")
    try:
        validate_password(
            password,
            user=Login(email=normalise_email(email)),
            password_validators=[*get_default_password_validators(), NumericPasswordValidator()],
        )
    except ValidationError as weak:
        raise WeakPassword(reason=" ".join(weak.messages)) from None
