"""Taking a rented number to another provider: a case of its own, and an end that is judged.

The holder asks on the page of the number; the staff sets code and day, and says on that day that
the number has gone. Then the lease ends as if its holder had ended it at this moment: what the
policy gives for that, he gets. The number is never offered again (ADR 291).
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from nummer.apps.cases import actions as cases
from nummer.apps.cases import queries as case_queries
from nummer.apps.cases.actions import Channel, Proof
from nummer.apps.cases.actions import Kind as CaseKind
from nummer.apps.incidents.actions.facts import Source
from nummer.apps.leases import actions as leases
from nummer.apps.leases import portouts
from nummer.apps.leases.actions.porting import locked_port_out
from nummer.apps.leases.errors import LeaseNotLikeThat
from nummer.apps.leases.leaving import PORTED, PortRefusal
from nummer.apps.leases.models import PortOut, PortOutState
from nummer.apps.leases.portouts import PortOutRow
from nummer.apps.numbers import actions as numbers
from nummer.apps.refunds.actions.booking import Decided
from nummer.apps.refunds.actions.leases import decided_before, judge_end, note_end
from nummer.apps.refunds.actions.outages import credit_what_is_over
from nummer.kernel.ids import id_of
from nummer.kernel.phone import PhoneNumber
from nummer.policy.lease import LeaseEvent


def ask_port_out(
    account_id: int, *, lease_id: UUID, text: str, key: UUID, now: datetime
) -> PortOutRow:
    """Open a case about taking a number along; while one is open, asking again returns it.

    Refuses: NoSuchLease, LeaseNotLikeThat, PortOutOpen; what opening a case refuses.
    Locks: the lease.
    """
    with transaction.atomic():
        row = leases.locked(account_id, lease_id)
        latest = portouts.latest_of(account_id, lease_id=lease_id)
        port_out_id = id_of("port-out", account_id, lease_id, key)
        if latest is not None and (latest.open or latest.id == port_out_id):
            return latest
        opened = cases.open_case(
            account_id,
            key=id_of("port-out-case", port_out_id),
            kind=CaseKind.PORT_OUT,
            channel=Channel.PAGE,
            text=text,
            subject=f"*{PhoneNumber(row.e164).digits[-4:]}",
            order_id=lease_id,
            proof=Proof.SIGNED_IN,
            actor=f"customer:{account_id}",
            received_at=now,
            now=now,
        )
        leases.ask_port_out(row, port_out_id=port_out_id, case_number=opened.head.number, now=now)
        return portouts.port_out(account_id, port_out_id=port_out_id)


def refuse_port_out(
    account_id: int,
    *,
    port_out_id: UUID,
    refusal: PortRefusal,
    words: str,
    actor: str,
    now: datetime,
) -> None:
    """Refuse a port-out with its reason, and close its case; a message opens that again.

    Refuses: NoSuchPortOut, PortOutOver, EndingNotExplained. Locks: the lease, the port-out, the
    case.
    """
    with transaction.atomic():
        row = leases.refuse_port_out(
            account_id, port_out_id=port_out_id, refusal=refusal, words=words, actor=actor, now=now
        )
        _close_case(row, actor=actor, now=now)


def withdraw_port_out(account_id: int, *, port_out_id: UUID, now: datetime) -> None:
    """Let the holder keep his number after all. Refuses: NoSuchPortOut, PortOutOver.

    Locks: the lease, the port-out, the case.
    """
    with transaction.atomic():
        row = leases.withdraw_port_out(account_id, port_out_id=port_out_id, now=now)
        _close_case(row, actor=f"customer:{account_id}", now=now)


def mark_ported(account_id: int, *, port_out_id: UUID, actor: str, now: datetime) -> Decided:
    """Say that a number has gone: the lease ends, and the policy says what returns.

    Saying it twice returns the first decision.
    Refuses: NoSuchPortOut, PortOutOver, PortOutTooEarly, LeaseNotLikeThat.
    Locks: the number, the lease, the port-out, the number for rent, the wallet, the case.
    """
    with transaction.atomic():
        # The number before the lease, as a carrier's notice locks them.
        number_id = portouts.number_of(account_id, port_out_id=port_out_id)
        numbers.lock_number(number_id)
        row, lease = locked_port_out(account_id, port_out_id)
        if row.state == PortOutState.DONE:
            return decided_before(lease)
        if lease.number_id != number_id:  # it was replaced in between
            raise LeaseNotLikeThat(state=lease.state)
        leases.note_ported(row, lease, actor=actor, now=now)
        credit_what_is_over(lease, now=now)
        leases.end(lease, event=LeaseEvent.PORTED, reason=PORTED, now=now)
        lease.settle_due_at = None  # judged here
        leases.save(lease)
        numbers.withdraw_number(lease.number_id)
        note_end(lease, word="client", actor=actor, source=Source.PAGE, now=now)
        asked: dict[str, object] = {
            "ask": "cancel",
            "received_at": now.isoformat(),
            "wants": "balance",
            "fields": {},
        }
        decided = judge_end(lease, actor=actor, surface="staff", asked=asked, now=now)
        _close_case(row, actor=actor, now=now)
        return decided


def _close_case(row: PortOut, *, actor: str, now: datetime) -> None:
    case = case_queries.case_by_number(row.case_number)
    cases.close_case(row.account_id, case_id=case.head.id, actor=actor, now=now)
