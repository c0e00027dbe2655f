"""The people behind one account: invited, joined, given roles, removed; one of them owns it.

An account has exactly one owner: a constraint holds the most, the account's row, which every verb
here locks first, the least (ADR 432).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from nummer.apps.accounts import profiles, sessions
from nummer.apps.accounts.actions import save_login
from nummer.apps.accounts.emails import hides_something, normalise_email
from nummer.apps.accounts.errors import (
    EmailTaken,
    InvitationOver,
    InvitedElsewhere,
    MemberAlready,
    NeverSignedIn,
    NoAddress,
    NoSuchInvitation,
    NoSuchMember,
    NoSuchRole,
    NotYoursToDo,
    OwnerStays,
    TooManyInvitations,
    TooManyMembers,
)
from nummer.apps.accounts.models import Account, Login, MemberRole, Membership
from nummer.apps.accounts.profiles import Field
from nummer.apps.accounts.sessions import Owner
from nummer.apps.audit import actions as audit
from nummer.apps.vault.actions import blind_index, seal_text, unseal_text
from nummer.apps.vault.keys import KeyClass
from nummer.kernel.ids import new_id

MEMBERS_MAX: Final = 50
INVITATIONS_A_DAY_MAX: Final = 20  # each is a mail to somebody who did not ask for it
VALID: Final = timedelta(days=7)
KEPT: Final = timedelta(days=365)  # as the record of deeds, whose names they are
GIVEN: Final = tuple(role.value for role in MemberRole if role is not MemberRole.OWNER)
MANAGES: Final = (MemberRole.OWNER, MemberRole.ADMINISTRATOR)
_PLACE: Final = "accounts_membership"


@dataclass(frozen=True, slots=True)
class Member:
    """One of the people who sign in to an account."""

    login_id: int
    email: str = field(repr=False)
    role: str


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation that waits, or one as its link finds it."""

    account_id: int
    id: UUID
    email: str = field(repr=False)
    role: str
    invited_at: datetime
    expires_at: datetime


def members(account_id: int) -> list[Member]:
    """Return who signs in to an account, the owner first; their number is bounded."""
    rows = Login.objects.filter(account_id=account_id).order_by("id")[: MEMBERS_MAX + 1]
    found = [Member(row.id, row.email or "", row.member_role) for row in rows]
    return sorted(found, key=lambda one: one.role != MemberRole.OWNER)


def member(account_id: int, *, login_id: int) -> Member:
    """Return one of an account's people. Refuses: NoSuchMember."""
    row = _member(account_id, login_id)
    return Member(row.id, row.email or "", row.member_role)


def invitations(account_id: int, *, now: datetime) -> list[Invitation]:
    """Return the invitations that wait for somebody, newest first; they are few."""
    rows = _waiting(account_id).filter(expires_at__gt=now).order_by("-id")[:MEMBERS_MAX]
    return [_offered(row) for row in rows]


def names(account_id: int) -> dict[int, str]:
    """Return the address of each login that is or lately was a member's."""
    gone = Membership.objects.filter(account_id=account_id, login_id__isnull=False)
    found = {row.login_id: _address(row) for row in gone.order_by("id") if row.login_id}
    return found | {one.login_id: one.email for one in members(account_id)}


def addresses(account_id: int, *, roles: Collection[str]) -> list[str]:
    """Return the addresses of the members of some roles."""
    rows = Login.objects.filter(account_id=account_id, member_role__in=roles, email__isnull=False)
    found = rows.order_by("id").values_list("email", flat=True)[: MEMBERS_MAX + 1]
    return [str(email) for email in found]


def invite(account_id: int, *, by: int, email: str, role: str, now: datetime) -> Invitation:
    """Offer somebody a place in an account; an open invitation of his is replaced.

    Whether the address signs in elsewhere is not looked at: who invites must not learn it.
    Refuses: NoAddress, NoSuchRole, MemberAlready, TooManyMembers, TooManyInvitations,
    NotYoursToDo. Locks: the account's row.
    """
    address = _read(email)
    _require_given(role)
    with transaction.atomic():
        _lock(account_id, by=by)
        if Login.objects.filter(account_id=account_id, email=address).exists():
            raise MemberAlready
        index = blind_index("member", address)
        _waiting(account_id).filter(email_index=index).update(ended_at=now)
        _require_room(account_id, now)
        invitation_id = new_id()
        row = Membership.objects.create(
            account_id=account_id,
            id=invitation_id,
            email=_sealed(address, account_id, invitation_id),
            email_index=index,
            role=role,
            invited_by=by,
            invited_at=now,
            expires_at=now + VALID,
        )
        _record(account_id, verb="invite_member", row=str(invitation_id), by=by, now=now)
    return _offered(row)


def withdraw(account_id: int, *, invitation_id: UUID, by: int, now: datetime) -> None:
    """Take an invitation back. Refuses: NoSuchInvitation, NotYoursToDo. Locks: the account."""
    with transaction.atomic():
        _lock(account_id, by=by)
        if not _waiting(account_id).filter(id=invitation_id).update(ended_at=now):
            raise NoSuchInvitation
        _record(account_id, verb="withdraw_invitation", row=str(invitation_id), by=by, now=now)


def offered(account_id: int, *, invitation_id: UUID, now: datetime) -> Invitation:
    """Return what a link offers. Refuses: InvitationOver, InvitedElsewhere."""
    row = _waiting(account_id).filter(id=invitation_id, expires_at__gt=now).first()
    if row is None or Account.objects.filter(id=account_id, closed_at__isnull=False).exists():
        raise InvitationOver
    found = _offered(row)
    if Login.objects.filter(email=found.email).exists():
        raise InvitedElsewhere
    return found


def join(account_id: int, *, invitation_id: UUID, now: datetime) -> Login:
    """Make the invited address a member; it signs in by a code that is mailed to it.

    The link opens nothing by itself, so who has it from somebody else gets no further.
    Refuses: InvitationOver, InvitedElsewhere. Locks: the account's row.
    """
    with transaction.atomic():
        Account.objects.select_for_update().get(id=account_id)
        found = offered(account_id, invitation_id=invitation_id, now=now)
        login = Login(email=found.email, account_id=account_id, member_role=found.role)
        login.set_unusable_password()
        try:
            save_login(login)
        except EmailTaken:
            raise InvitedElsewhere from None
        EmailAddress.objects.create(user=login, email=found.email, primary=True)  # not shown yet
        _waiting(account_id).filter(id=invitation_id).update(login_id=login.id, joined_at=now)
        _record(account_id, verb="join_account", row=str(login.id), by=login.id, now=now)
    return login


def set_role(account_id: int, *, login_id: int, role: str, by: int, now: datetime) -> None:
    """Give a member another role; the owner's is given by `hand_over` only.

    Refuses: NoSuchRole, NoSuchMember, OwnerStays, NotYoursToDo. Locks: the account's row.
    """
    with transaction.atomic():
        _lock(account_id, by=by)
        member = _member(account_id, login_id)
        _require_given(role)
        if member.member_role == MemberRole.OWNER:
            raise OwnerStays
        _set_role(member, role)
        _record(account_id, verb="set_member_role", row=str(login_id), by=by, now=now)


def remove(account_id: int, *, login_id: int, by: int, now: datetime) -> None:
    """Let a member sign in no more: his sessions end, his login goes, his address is free.

    Everybody may remove himself. Refuses: NoSuchMember, OwnerStays, NotYoursToDo.
    Locks: the account's row.
    """
    with transaction.atomic():
        _lock(account_id, by=by, anybody=login_id == by)
        member = _member(account_id, login_id)
        if member.member_role == MemberRole.OWNER:
            raise OwnerStays
        _end(member, account_id=account_id, by=by, now=now)
        _record(account_id, verb="remove_member", row=str(login_id), by=by, now=now)


def hand_over(account_id: int, *, to: int, by: int, now: datetime) -> None:
    """Make a member the owner, and the owner an administrator.

    Refuses: NoSuchMember, NeverSignedIn, NotYoursToDo. Locks: the account's row.
    """
    with transaction.atomic():
        owner = _lock(account_id, by=by)
        if owner.member_role != MemberRole.OWNER:
            raise NotYoursToDo
        receiver = _member(account_id, to)
        if receiver.id == owner.id:
            return
        if receiver.last_login is None:
            raise NeverSignedIn
        _set_role(owner, MemberRole.ADMINISTRATOR)
        _set_role(receiver, MemberRole.OWNER)
        before, after = owner.email or "", receiver.email or ""
        profiles.note(account_id, Field.EMAIL, before=before, after=after, now=now)
        _record(account_id, verb="hand_over_account", row=str(to), by=by, now=now)


def oldest_over(*, until: datetime) -> tuple[datetime, UUID] | None:
    """Return when the membership that is over for longest goes, if that is by `until`."""
    rows = Membership.objects.filter(ended_at__lte=until - KEPT).order_by("ended_at", "id")
    found = rows.values_list("ended_at", "id").first()
    if found is None or found[0] is None:
        return None
    return found[0] + KEPT, found[1]


def forget_over(*, now: datetime) -> None:
    """Forget the memberships whose time is over."""
    Membership.objects.filter(ended_at__lte=now - KEPT).delete()


def _lock(account_id: int, *, by: int, anybody: bool = False) -> Login:
    """Lock the account; return who acts, as he is now. Refuses: NotYoursToDo."""
    Account.objects.select_for_update().get(id=account_id)
    acting = Login.objects.filter(account_id=account_id, id=by).first()
    if acting is None or not (anybody or acting.member_role in MANAGES):
        raise NotYoursToDo
    return acting


def _member(account_id: int, login_id: int) -> Login:
    found = Login.objects.filter(account_id=account_id, id=login_id).first()
    if found is None:
        raise NoSuchMember
    return found


def _set_role(member: Login, role: str) -> None:
    member.member_role = role
    member.save(update_fields=["member_role"])


def _end(member: Login, *, account_id: int, by: int, now: datetime) -> None:
    row = Membership.objects.filter(account_id=account_id, login_id=member.id).first()
    if row is None:  # an owner once: nobody invited him
        row = Membership(account_id=account_id, id=new_id(), login_id=member.id, invited_by=by)
        row.invited_at = row.expires_at = row.joined_at = now
    email = member.email or ""
    row.email = _sealed(email, account_id, row.id)
    row.email_index = blind_index("member", email)
    row.role, row.ended_at = member.member_role, now
    row.save()
    sessions.end_all(Owner(member.id, account_id))
    member.delete()


def _read(email: str) -> str:
    address = normalise_email(email.strip())
    try:
        validate_email(address)
    except ValidationError:
        raise NoAddress from None
    if hides_something(address):
        raise NoAddress
    return address


def _require_given(role: str) -> None:
    if role not in GIVEN:
        raise NoSuchRole


def _require_room(account_id: int, now: datetime) -> None:
    seats = Login.objects.filter(account_id=account_id).count()
    waiting = _waiting(account_id).filter(expires_at__gt=now).count()
    if seats + waiting >= MEMBERS_MAX:
        raise TooManyMembers(limit=MEMBERS_MAX)
    lately = Membership.objects.filter(
        account_id=account_id, invited_at__gt=now - timedelta(days=1)
    )
    if lately.count() >= INVITATIONS_A_DAY_MAX:
        raise TooManyInvitations(limit=INVITATIONS_A_DAY_MAX)


def _waiting(account_id: int) -> Any:
    return Membership.objects.filter(account_id=account_id, joined_at=None, ended_at=None)


def _offered(row: Membership) -> Invitation:
    return Invitation(
        row.account_id, row.id, _address(row), row.role, row.invited_at, row.expires_at
    )


def _address(row: Membership) -> str:
    return unseal_text(
        bytes(row.email),
        account_id=row.account_id,
        klass=KeyClass.IDENTITY,
        place=f"{_PLACE}.email",
        row=row.id,
    )


def _sealed(email: str, account_id: int, row: UUID) -> bytes:
    return seal_text(
        email, account_id=account_id, klass=KeyClass.IDENTITY, place=f"{_PLACE}.email", row=row
    )


def _record(account_id: int, *, verb: str, row: str, by: int, now: datetime) -> None:
    audit.record(
        actor=f"customer:{account_id}-{by}",
        verb=verb,
        place=_PLACE,
        row=row,
        account_id=account_id,
        now=now,
    )
