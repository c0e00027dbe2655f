"""Blocks of a balance: an authority demands, one person proposes, another approves (ADR 142)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from nummer.apps.accounts import queries as accounts
from nummer.apps.audit import actions as audit
from nummer.apps.incidents.errors import (
    NoSuchAccount,
    NoSuchBalanceBlock,
    ReferenceMissing,
    SecondPersonNeeded,
)
from nummer.apps.incidents.locks import lock_account
from nummer.apps.incidents.models import BalanceBlock, BlockProposal, BlockRelease
from nummer.apps.incidents.queries import BlockRow, balance_block, balance_blocked
from nummer.apps.standing import actions as standing
from nummer.kernel.ids import new_id
from nummer.policy.balance import may_block

__all__ = ["approve_block", "propose_block", "release_block"]


def propose_block(
    account_id: int, *, reference: str, authority: str, actor: str, now: datetime
) -> BlockRow:
    """Propose to block a balance; nothing is blocked before another person approves.

    `reference` is that of the entry in the register of disclosures. Refuses: ReferenceMissing,
    NoSuchAccount.
    """
    if not any(sign.isascii() and sign.isalnum() for sign in reference):
        raise ReferenceMissing
    if not accounts.known(account_id):
        raise NoSuchAccount
    with transaction.atomic():
        row = BlockProposal.objects.create(
            account_id=account_id,
            id=new_id(),
            reference=reference.strip(),
            authority=authority.strip(),
            actor=actor,
            proposed_at=now,
        )
        _record("propose_block", account_id, row.id, actor=actor, now=now)
    return balance_block(account_id, block_id=row.id)


def approve_block(account_id: int, *, block_id: UUID, actor: str, now: datetime) -> BlockRow:
    """Block a balance as another person proposed it: nothing is spent or paid out any more.

    Credits are still booked. Approving twice is approving once.
    Refuses: NoSuchBalanceBlock, SecondPersonNeeded. Locks: the account's blocks.
    """
    with transaction.atomic():
        proposal = _locked(account_id, block_id)
        people = frozenset({proposal.actor, actor})
        if not may_block(reference=proposal.reference, people=people):
            raise SecondPersonNeeded
        block, fresh = BalanceBlock.objects.get_or_create(
            account_id=account_id,
            id=block_id,
            defaults={
                "reference": proposal.reference,
                "proposed_by": proposal.actor,
                "approved_by": actor,
                "began_at": now,
            },
        )
        if fresh:
            standing.suspend(account_id, reason=standing.BALANCE_BLOCKED, actor=actor, now=now)
            _record("approve_block", account_id, block.id, actor=actor, now=now)
    return balance_block(account_id, block_id=block_id)


def release_block(
    account_id: int, *, block_id: UUID, reason: str, actor: str, now: datetime
) -> BlockRow:
    """End a block that stands; repeating it changes nothing.

    Refuses: NoSuchBalanceBlock. Locks: the account's blocks.
    """
    with transaction.atomic():
        _locked(account_id, block_id)
        if not BalanceBlock.objects.filter(account_id=account_id, id=block_id).exists():
            raise NoSuchBalanceBlock
        _, fresh = BlockRelease.objects.get_or_create(
            account_id=account_id,
            id=block_id,
            defaults={"reason": reason, "actor": actor, "released_at": now},
        )
        if fresh:
            if not balance_blocked(account_id, now=now):
                standing.lift_suspensions(
                    account_id, actor=actor, reason=standing.BALANCE_BLOCKED, now=now
                )
            _record("release_block", account_id, block_id, actor=actor, now=now)
    return balance_block(account_id, block_id=block_id)


def _locked(account_id: int, block_id: UUID) -> BlockProposal:
    lock_account(account_id)
    row = BlockProposal.objects.filter(account_id=account_id, id=block_id).first()
    if row is None:
        raise NoSuchBalanceBlock
    return row


def _record(verb: str, account_id: int, block_id: UUID, *, actor: str, now: datetime) -> None:
    audit.record(
        actor=actor,
        verb=verb,
        place="incidents_balanceblock",
        row=str(block_id),
        account_id=account_id,
        now=now,
    )
