"""Ending a rented number without a login: two steps, one time of receipt, one receipt.

As with withdrawals (ADR 152) the answer is the same whether the number is somebody's or not, and
only who reads the mailbox of the account ends anything. A notice counts from its receipt.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from django.core import signing
from django.db import transaction

from nummer.apps.accounts import queries as accounts
from nummer.apps.cases import actions as cases
from nummer.apps.cases.actions import Channel, Proof
from nummer.apps.cases.actions import Kind as CaseKind
from nummer.apps.leases import actions as leases
from nummer.apps.leases import queries
from nummer.apps.leases.errors import LeaseNotLikeThat
from nummer.apps.leases.queries import LeaseRow
from nummer.apps.notify import actions as notify
from nummer.apps.refunds.actions.leases import cancel_lease
from nummer.apps.refunds.actions.withdrawals import LINK_LIVES
from nummer.apps.refunds.errors import NoSuchClaim, NoticeTakenBack
from nummer.apps.vault.keys import OPERATOR_ACCOUNT_ID
from nummer.kernel.ids import id_of
from nummer.kernel.phone import PhoneNumber
from nummer.policy.lease import ENDS

COUNTS_BACK: Final = timedelta(days=1)  # to read one's mail
_SALT: Final = "nummer.termination"


class When(StrEnum):
    """When a contract is to end."""

    PERIOD = "period"  # with the paid month
    NOW = "now"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Termination:
    """What a person declares: which number, when, who asks, and in which language we answer."""

    number: PhoneNumber
    when: When
    email: str
    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of a confirmed termination, and from which moment it counts."""

    lease: LeaseRow
    received_at: datetime


def declare_termination(declaration: Termination, *, key: UUID, now: datetime) -> None:
    """Take anybody's declaration that a rented number's contract ends, and send the receipt.

    Nothing ends before the customer confirms it by the link in the receipt. The same key again
    writes nothing. Returns nothing, and takes as long for a number that is nobody's.
    """
    customer = accounts.account_by_email(declaration.email)
    account_id = OPERATOR_ACCOUNT_ID if customer is None else customer.id
    lease = None
    if customer is not None:
        lease = queries.lease_with_number(customer.id, number=declaration.number)
    shown = f"*{declaration.number.digits[-4:]}"  # enough to know it by, and not a phone number
    with transaction.atomic():
        opened = cases.open_declared(
            account_id,
            key=id_of("termination-case", key),
            kind=CaseKind.WITHDRAWAL,
            channel=Channel.PAGE,
            text=declaration.text,
            subject=shown,
            proof=Proof.NONE if customer is None else Proof.CLAIMED,
            actor="customer:unknown" if customer is None else f"customer:{customer.id}",
            received_at=now,
            now=now,
            sender=declaration.email if customer is None else None,
            language=declaration.language if customer is None else None,
        )
        counted_by = declaration.email if lease is None else f"{declaration.email} {lease.id}"
        if not cases.may_answer(counted_by, now=now):
            return
        notify.send_letter(
            account_id,
            letter="termination-receipt",
            context={
                "order": shown,
                "when": declaration.when.value,
                "received_at": now.isoformat(),
                "token": "" if lease is None else _token(lease, declaration.when, now),
                "number": str(opened.number),
            },
            now=now,
            key=id_of("termination-receipt", key),
            reach=opened.reach,
        )


def confirm_termination(token: str, *, now: datetime) -> Ended:
    """Let whoever reads the mailbox of the account end the contract that he declared about.

    Following the link twice ends it once. Whoever took a notice back has taken back all that was
    declared before: an older link ends nothing any more.
    Refuses: NoSuchClaim, also for a token that is not ours or older than LINK_LIVES;
    NoticeTakenBack. Locks: the lease, the number for rent, the wallet.
    """
    try:
        account_id, lease_id, when, received = signing.loads(token, salt=_SALT)
        wish, received_at = When(when), datetime.fromisoformat(received)
        found = queries.lease(account_id, lease_id=UUID(lease_id))
    except (signing.BadSignature, ValueError, TypeError):
        raise NoSuchClaim from None
    if now > received_at + LINK_LIVES:
        raise NoSuchClaim
    with transaction.atomic():
        row = leases.locked(account_id, found.id)
        if row.state not in ENDS:
            if row.taken_back_at is not None and received_at <= row.taken_back_at:
                raise NoticeTakenBack
            try:
                if wish is When.NOW:
                    _end_now(found, received_at=received_at, now=now)
                else:
                    leases.give_notice(account_id, lease_id=found.id, now=now)
            except LeaseNotLikeThat:  # not active yet: it ends at once, and all of it returns
                _end_now(found, received_at=received_at, now=now)
    return Ended(queries.lease(account_id, lease_id=found.id), received_at)


def _end_now(lease: LeaseRow, *, received_at: datetime, now: datetime) -> None:
    """End it by its receipt, or by a day ago: nobody uses a number and has its days back."""
    received_at = max(received_at, now - COUNTS_BACK)
    cancel_lease(
        lease.account_id, lease_id=lease.id, surface="mail", received_at=received_at, now=now
    )


def _token(lease: LeaseRow, when: When, now: datetime) -> str:
    return signing.dumps([lease.account_id, str(lease.id), when.value, now.isoformat()], salt=_SALT)
