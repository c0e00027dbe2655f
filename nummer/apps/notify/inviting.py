"""Mails to the people behind an account: who is invited, who gave it away, who has it now."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.db import transaction

from nummer.apps.accounts import members
from nummer.apps.accounts import queries as accounts
from nummer.apps.accounts.errors import InvitationOver
from nummer.apps.accounts.members import Invitation
from nummer.apps.notify.actions import send_letter
from nummer.apps.notify.reach import Reach
from nummer.apps.vault.keys import OPERATOR_ACCOUNT_ID
from nummer.kernel.ids import new_id

LETTER: Final = "invitation"
HANDED_OVER: Final = "account-handed-over"
_SALT: Final = "nummer.invitation"


def invite(account_id: int, *, by: int, email: str, role: str, now: datetime) -> None:
    """Invite somebody and write to him. Refuses what `members.invite` does."""
    with transaction.atomic():
        found = members.invite(account_id, by=by, email=email, role=role, now=now)
        token = signing.dumps([account_id, str(found.id)], salt=_SALT)
        names = members.names(account_id)
        write_to_member(
            account_id,
            to=found.email,
            letter=LETTER,
            content={
                "link": f"{settings.SITE_URL}/join/{token}/",
                "inviter": names[by],
                "days": str(members.VALID.days),
            },
            key=found.id,
            now=now,
        )


def hand_over(account_id: int, *, to: int, by: int, now: datetime) -> None:
    """Make another member the owner and write to both. Refuses what `members.hand_over` does."""
    with transaction.atomic():
        before = accounts.email(account_id) or ""
        members.hand_over(account_id, to=to, by=by, now=now)
        after = accounts.email(account_id) or ""
        for address in {before, after} - {""} if before != after else ():
            write_to_member(
                account_id,
                to=address,
                letter=HANDED_OVER,
                content={"before": before, "after": after},
                key=new_id(),
                now=now,
            )


def write_to_member(
    account_id: int, *, to: str, letter: str, content: dict[str, str], key: UUID, now: datetime
) -> None:
    """Write to one person of an account, by a job; it stands on nobody's page of letters."""
    language = accounts.account(account_id).locale
    reach = Reach(to=to, language=language)
    send_letter(OPERATOR_ACCOUNT_ID, letter=letter, context=content, now=now, key=key, reach=reach)


def read(token: str, *, now: datetime) -> Invitation:
    """Return what the link of a mail offers. Refuses: InvitationOver, InvitedElsewhere."""
    try:
        account_id, invitation_id = signing.loads(token, salt=_SALT)
        found = UUID(invitation_id)
    except (signing.BadSignature, ValueError, TypeError, AttributeError):
        raise InvitationOver from None
    return members.offered(account_id, invitation_id=found, now=now)
