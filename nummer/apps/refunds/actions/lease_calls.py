"""Ending a rented number for whoever calls: the moment of the call counts (PP-6.1b)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from nummer.apps.audit import actions as audit
from nummer.apps.cases import actions as cases
from nummer.apps.cases import queries as written
from nummer.apps.cases.actions import Channel, Proof
from nummer.apps.cases.actions import Kind as CaseKind
from nummer.apps.cases.errors import NoSuchCase
from nummer.apps.leases import actions as leases
from nummer.apps.leases import queries
from nummer.apps.leases.errors import LeaseNotLikeThat
from nummer.apps.orders.errors import KeyReused
from nummer.apps.refunds.actions.booking import Decided
from nummer.apps.refunds.actions.leases import BY_PHONE, cancel_lease
from nummer.apps.refunds.actions.letters import tell_cancelled
from nummer.apps.refunds.errors import ContactBeforeOrder
from nummer.apps.refunds.rentals import IfCancelled, asked_to_end, judge_if_cancelled
from nummer.kernel.ids import id_of
from nummer.policy.lease import ENDS


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Call:
    """What somebody said on the phone: when, where his money shall go, and in which words."""

    key: UUID
    called_at: datetime
    to_client: bool
    text: str


def preview_call(
    account_id: int, *, lease_id: UUID, called_at: datetime, to_client: bool, now: datetime
) -> IfCancelled:
    """Return what `cancel_by_phone` would decide; nothing is written.

    Refuses: NoSuchLease, ContactBeforeOrder, LeaseNotLikeThat (it has ended).
    """
    row = queries.lease(account_id, lease_id=lease_id)
    _require_after(row.placed_at, called_at)
    if row.state in ENDS:
        raise LeaseNotLikeThat(state=row.state)
    asked = asked_to_end(received_at=called_at, to_client=to_client)
    return judge_if_cancelled(account_id, lease_id=lease_id, asked=asked, now=now)


def cancel_by_phone(
    account_id: int, *, lease_id: UUID, call: Call, actor: str, now: datetime
) -> Decided:
    """End a lease at once for its holder who called, and mail him the answer; once for a key.

    His words open a case, which a reply to the answer goes on with. Where he wants the money back
    the way it was paid and the policy grants that, `payouts` takes the decision up.
    Refuses: NoSuchLease, ContactBeforeOrder, LeaseNotLikeThat (it has ended), KeyReused, and what
    opening a case refuses. Locks: the lease, the number for rent, the wallet.
    """
    case_id = id_of("lease-call", call.key)
    with transaction.atomic():
        row = leases.locked(account_id, lease_id)
        _require_after(row.placed_at, call.called_at)
        again = _known(account_id, case_id)
        if again and row.ended_at is None:
            raise KeyReused  # it ended another number
        if row.ended_at is not None and not again:
            raise LeaseNotLikeThat(state=row.state)
        decided = cancel_lease(
            account_id,
            lease_id=lease_id,
            surface=BY_PHONE,
            received_at=call.called_at,
            to_client=call.to_client,
            now=now,
        )
        if again:
            return decided
        opened = cases.open_declared(
            account_id,
            key=case_id,
            kind=CaseKind.WITHDRAWAL,
            channel=Channel.PHONE,
            text=call.text,
            subject=f"*{row.e164[-4:]}",  # enough to know it by, and not a phone number
            proof=Proof.STAFF,
            actor=actor,
            received_at=call.called_at,
            now=now,
        )
        audit.record(
            actor=actor,
            verb="cancel_by_phone",
            place="leases_lease",
            row=str(lease_id),
            account_id=account_id,
            fields=["state"],
            now=now,
        )
        tell_cancelled(
            account_id,
            decision_id=decided.decision_id,
            received_at=call.called_at,
            reach=opened.reach,
            now=now,
        )
        cases.note_answered(account_id, case_id=case_id, now=now)
        return decided


def _known(account_id: int, case_id: UUID) -> bool:
    try:
        written.case(account_id, case_id=case_id)
    except NoSuchCase:
        return False
    return True


def _require_after(placed_at: datetime, called_at: datetime) -> None:
    if called_at < placed_at:
        raise ContactBeforeOrder
