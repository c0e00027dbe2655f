"""How leases end before their time, and what the policy gives for it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from nummer.apps.audit import actions as audit
from nummer.apps.incidents.actions import facts as incidents
from nummer.apps.incidents.actions.facts import Kind, Source, Subject, SubjectKind, Told
from nummer.apps.leases import actions as leases
from nummer.apps.leases import queries
from nummer.apps.leases.errors import LeaseNotLikeThat
from nummer.apps.leases.leaving import BY_OPERATOR, CANCELLED, Cause
from nummer.apps.leases.models import Lease
from nummer.apps.leases.queries import lease_row
from nummer.apps.refunds.actions.booking import SYSTEM, Decided, Judged, book, judged, told
from nummer.apps.refunds.actions.outages import credit_what_is_over
from nummer.apps.refunds.facts import SLICED, disputed
from nummer.apps.refunds.models import Decision
from nummer.apps.refunds.rentals import asked_to_end, outage_open, rental_facts
from nummer.kernel.ids import id_of
from nummer.policy.lease import LeaseEvent
from nummer.policy.refund import request_from_json

BY_PHONE: Final = "phone"  # the surface of what somebody said to a member of the staff
FAULT_KNOWN_AFTER: Final = timedelta(hours=24, seconds=1)  # RP-B1: "for more than 24 hours"


def cancel_lease(
    account_id: int,
    *,
    lease_id: UUID,
    surface: str,
    now: datetime,
    why: str = "",
    received_at: datetime | None = None,
    to_client: bool = False,
) -> Decided:
    """End a lease at once, as its holder wishes, and give back what the policy says.

    `received_at` is when he said so, where that was before `now`: his time to do so counts by it.
    `to_client` tells that he wants the money back the way it was paid; `payouts` then pays it.

    In time the unused days (PP-6.1, LAW-14), later nothing (RP-N1), inside a reported outage the
    rest (RP-B1). An outage that is over is credited first, as if the sweeper had looked just
    before, and by a decision of its own. Cancelling twice is cancelling once: the second call
    returns the first decision.
    Refuses: NoSuchLease, LeaseNotLikeThat (it ended otherwise).
    Locks: the lease, the number for rent, the wallet.
    """
    with transaction.atomic():
        row = leases.locked(account_id, lease_id)
        if row.end_reason == CANCELLED:
            return decided_before(row)
        credit_what_is_over(row, now=now)
        leases.end(row, event=LeaseEvent.ENDED_NOW, reason=CANCELLED, now=now)
        row.leave_reason, row.settle_due_at = why, None
        leases.save(row)
        note_end(
            row,
            word="client",
            actor=f"customer:{account_id}",
            source=Source.PHONE if surface == BY_PHONE else Source.PAGE,
            now=now,
        )
        asked = asked_to_end(received_at=received_at or now, to_client=to_client)
        actor = f"customer:{account_id}"
        decided = judge_end(row, actor=actor, surface=surface, asked=asked, now=now)
        if outage_open(account_id, lease_id, now):
            row.settle_due_at = now + FAULT_KNOWN_AFTER
            leases.save(row)
        return decided


def end_lease(
    account_id: int, *, lease_id: UUID, cause: Cause, words: str, actor: str, now: datetime
) -> Decided:
    """End a lease ourselves; the rest of the paid period returns to the balance (RULE-END).

    The holder reads `cause` and `words`. Whether misuse keeps the rest from him is decided by the
    case that compliance confirmed, never by the word chosen here. An outage that is over is
    credited first. Repeating it returns the first decision.
    Refuses: NoSuchLease, LeaseNotLikeThat, EndingNotExplained.
    Locks: the lease, the number for rent, the wallet.
    """
    with transaction.atomic():
        row = leases.locked(account_id, lease_id)
        if row.end_reason == BY_OPERATOR:
            return decided_before(row)
        if row.ended_at is not None:
            raise LeaseNotLikeThat(state=row.state)
        credit_what_is_over(row, now=now, by_us=True)
        leases.note_why(row, cause=cause, words=words, actor=actor, now=now)
        leases.end(row, event=LeaseEvent.ENDED_BY_OPERATOR, reason=BY_OPERATOR, now=now)
        row.settle_due_at = None
        leases.save(row)
        audit.record(
            actor=actor,
            verb="end_lease",
            place="leases_lease",
            row=str(row.id),
            account_id=account_id,
            fields=["state", "cause", "words"],
            now=now,
        )
        if row.activated_at is None:
            _note_not_provided(row, actor=actor, now=now)
        else:
            note_end(row, word="operator", actor=actor, source=Source.STAFF, now=now)
        return judge_end(row, actor=actor, surface="staff", asked=None, now=now)


def settle_lease(account_id: int, *, lease_id: UUID, now: datetime) -> None:
    """Judge a lease whose end is owed an answer.

    One that could not be provided is paid back (RP-B3, RP-C1); one whose holder left inside an
    outage is looked at again when it is known whether that lasted for more than a day (RP-B1).
    Repeating it changes nothing. Locks: the lease, the wallet.
    """
    with transaction.atomic():
        row = leases.locked(account_id, lease_id)
        if row.settle_due_at is None or row.settle_due_at > now:
            return
        if row.end_reason != CANCELLED or _owed_since_it_ended(row, now):
            judge_end(row, actor=SYSTEM, surface="system", asked=None, now=now)
        leases.note_settled(row)


def _owed_since_it_ended(row: Lease, now: datetime) -> bool:
    """Tell whether whoever left is owed something that leaving did not bring him at once."""
    last = leases.period_id(row.id, place=row.periods - 1)
    given = Decision.objects.filter(
        account_id=row.account_id,
        order_id=last,
        credited_micro__gt=0,
        decided_at__gte=row.ended_at,
    )
    return not given.exists() and bool(_last_period_judged(row, now).answer.credited.units)


def _last_period_judged(row: Lease, now: datetime) -> Judged:
    period = queries.periods(row.account_id, lease_id=row.id, limit=1)[0]
    return judged(rental_facts(lease_row(row), period, now=now))


def note_end(row: Lease, *, word: str, actor: str, source: Source, now: datetime) -> None:
    """Write down who ended a locked lease: the client, or the operator."""
    incidents.record(
        row.account_id,
        subject=Subject(SubjectKind.RENTAL, row.id),
        kind=Kind.CLOSED,
        word=word,
        told=Told(
            source=source,
            actor=actor,
            happened_at=now,
            key=id_of("lease-closed", row.id),
        ),
        now=now,
    )


def _note_not_provided(row: Lease, *, actor: str, now: datetime) -> None:
    """Write down that we gave up an order that never began: all of it is owed (RP-B3)."""
    incidents.record(
        row.account_id,
        subject=Subject(SubjectKind.RENTAL, row.id),
        kind=Kind.PROVISION_FAILURE,
        told=Told(Source.STAFF, actor, now, key=id_of("not-supplied", row.id)),
        snapshot={"reason": BY_OPERATOR, "country": row.country, "kind": row.kind},
        now=now,
    )


def judge_end(
    row: Lease, *, actor: str, surface: str, asked: dict[str, object] | None, now: datetime
) -> Decided:
    """Decide on the last period of a locked lease that ended, book the answer, keep the reasons.

    Money that is only held is taken first, so that the statement shows what was paid and what
    came back, under its clause.
    """
    leases.take_held(row, now=now)
    period = queries.periods(row.account_id, lease_id=row.id, limit=1)[0]
    facts = rental_facts(lease_row(row), period, now=now)
    request = None if asked is None else request_from_json(asked)
    if request is not None and request.payout_wanted and disputed(period):
        facts["chargeback"] = True
    decided = judged(facts, request=request)
    return told(book(period, judged=decided, actor=actor, surface=surface, now=now))


def decided_before(row: Lease) -> Decided:
    """Return the decision about how a lease ended, not those on outages of its last period."""
    last = leases.period_id(row.id, place=row.periods - 1)
    rows = Decision.objects.filter(
        account_id=row.account_id, order_id=last, decided_at__gte=row.ended_at
    )
    found = list(rows.order_by("decided_at", "id"))
    assert found, "a lease that was ended at once was decided"
    ends = [each for each in found if (each.outcome or {}).get("ground") != SLICED]
    return told((ends or found)[0])
