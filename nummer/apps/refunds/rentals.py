"""Reads what happened to a lease into the facts that the policy judges, one paid period at a time.

A period is what the policy calls an order (ADR 203). What happened is written down for the lease,
since an outage may begin in one period and end in the next.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from nummer.apps.accounts import queries as accounts
from nummer.apps.incidents import queries as incidents
from nummer.apps.incidents.queries import IncidentRow, Known, Place
from nummer.apps.leases import queries as leases
from nummer.apps.leases import replacements
from nummer.apps.leases.queries import LeaseRow, PeriodRow
from nummer.apps.ledger import queries as wallets
from nummer.apps.numbers import queries as numbers
from nummer.apps.refunds.facts import EEA, SLICED, contract_place, disputed, prior_refunds
from nummer.apps.refunds.life import Held, account_state, happened
from nummer.apps.refunds.models import Decision
from nummer.kernel.money import Money
from nummer.policy.lease import period_of
from nummer.policy.refund import Decision as Answer
from nummer.policy.refund import Reason, Verdict, decide, facts_from_json, request_from_json
from nummer.policy.refund.deadlines import cancellable_until
from nummer.policy.refund.exclusions import REVIEW
from nummer.policy.refund.form import REQUEST_FIELDS

NO_SERVICE: Final = "-"  # a rented number is for no single service


def what_is_known(lease: LeaseRow, *, now: datetime) -> list[Known]:
    """Return what life brought to a lease and its account by `now`; a statement for each number.

    What concerned a number that was replaced counts for the time in which the lease had it.
    """
    before = replacements.numbers_before(lease.account_id, lease_id=lease.id)
    since = before[-1].until_at if before else lease.activated_at or lease.placed_at
    rows = _known_of(lease, place_of(lease), since=since, until=lease.ended_at or now, now=now)
    for one in before:
        carrier = numbers.carrier_of(one.number) or lease.carrier
        place = Place(one.number.e164, carrier, lease.country, NO_SERVICE)
        found = _known_of(lease, place, since=one.from_at, until=one.until_at, now=now)
        rows += [
            row
            for row in found
            if not row.own and not row.of_account and row.happened_at <= one.until_at
        ]
    unique = {(row.what, row.id): row for row in rows}
    return sorted(unique.values(), key=lambda row: (row.happened_at, row.id))


def place_of(lease: LeaseRow) -> Place:
    """Return where a lease's number lives."""
    return Place(lease.number.e164, lease.carrier, lease.country, NO_SERVICE)


def _known_of(
    lease: LeaseRow, place: Place, *, since: datetime, until: datetime, now: datetime
) -> list[Known]:
    return incidents.known(
        lease.account_id, subject_id=lease.id, place=place, since=since, until=until, now=now
    )


def lease_incidents(lease: LeaseRow, *, now: datetime) -> list[IncidentRow]:
    """Return what the staff made known that concerns a lease's number now."""
    return incidents.incidents_at(place_of(lease), now=now)


def outage_open(account_id: int, lease_id: UUID, now: datetime) -> bool:
    """Tell whether an outage that the customer reported lasts at `now` (K38)."""
    lease = leases.lease(account_id, lease_id=lease_id)
    return any("cleared_at" not in outage for outage in reports_of(lease, now=now))


def renewal_waits(account_id: int, lease_id: UUID, now: datetime) -> bool:
    """Tell whether nothing is charged for a lease: its number is out, or blocked (K38)."""
    offered = replacements.offer(account_id, lease_id=lease_id)
    return offered is not None or outage_open(account_id, lease_id, now)


def reports_of(lease: LeaseRow, *, now: datetime) -> list[dict[str, str]]:
    """Return the holder's reports of outages, with the moment from which each was over."""
    happened_ = _happened(lease, what_is_known(lease, now=now), now=now)
    return list(happened_.get("outages") or ())


@dataclass(frozen=True, slots=True)
class IfEnded:
    """What ending a lease at once would bring: the sum, its clause, and what was paid for it.

    `window_until` is the last day of cancelling the period in time (PP-6.1), None before it began;
    `outage` tells that a reported outage is open, in which more may follow.
    """

    amount: Money
    clause: str
    paid: Money
    window_until: date | None
    window_open: bool
    outage: bool


def if_lease_cancelled(account_id: int, *, lease_id: UUID, now: datetime) -> IfEnded:
    """Return what `cancel_lease` would give at `now`; nothing is written.

    The policy is asked about the facts as they would stand. What is owed for outages that are over
    comes anyway, and is no part of it. Refuses: NoSuchLease.
    """
    asked = asked_to_end(received_at=now)
    found = judge_if_cancelled(account_id, lease_id=lease_id, asked=asked, now=now)
    return IfEnded(
        amount=found.answer.credited.money(found.paid.currency),
        clause=found.answer.clause or REVIEW[0],
        paid=found.paid,
        window_until=found.window_until,
        window_open=found.window_open,
        outage=outage_open(account_id, lease_id, now),
    )


@dataclass(frozen=True, slots=True)
class IfCancelled:
    """What the policy would answer to whoever ends a lease, and until when he may do so in time."""

    answer: Answer
    paid: Money
    window_until: date | None
    window_open: bool


def asked_to_end(*, received_at: datetime, to_client: bool = False) -> dict[str, object]:
    """Return a request to end a lease at once, in the form that the policy reads.

    `to_client` tells that the money shall leave the balance. Who names a number that he rents has
    named what it is about and the sum, which are on our books.
    """
    asked: dict[str, object] = {
        "ask": "cancel",
        "received_at": received_at.isoformat(),
        "wants": "balance",
        "fields": {},
    }
    if to_client:
        asked |= {
            "wants": "payout",
            "reason": Reason.OTHER.value,
            "fields": dict.fromkeys(REQUEST_FIELDS, "1"),
        }
    return asked


def judge_if_cancelled(
    account_id: int, *, lease_id: UUID, asked: Mapping[str, object], now: datetime
) -> IfCancelled:
    """Ask the policy about ending a lease at `now`; nothing is written. Refuses: NoSuchLease."""
    lease = leases.lease(account_id, lease_id=lease_id)
    period = leases.periods(account_id, lease_id=lease_id, limit=1)[0]
    facts = _without_what_is_over(rental_facts(lease, period, now=now))
    request = request_from_json(asked)
    if request.payout_wanted and disputed(period):
        facts["chargeback"] = True
    answer = decide(facts_from_json(_ended(facts, by="client", now=now)), request)
    until = None
    if period.starts_at is not None:
        until = cancellable_until(facts_from_json(facts), rendered_at=period.starts_at)
    said_on = request.received_at.astimezone(ZoneInfo(lease.timezone)).date()
    return IfCancelled(answer, period.total, until, until is None or said_on <= until)


def if_ended_by_us(account_id: int, *, lease_id: UUID, now: datetime) -> IfEnded:
    """Return what `end_lease` would give at `now`; nothing is written. Refuses: NoSuchLease."""
    lease = leases.lease(account_id, lease_id=lease_id)
    period = leases.periods(account_id, lease_id=lease_id, limit=1)[0]
    facts = _without_what_is_over(rental_facts(lease, period, now=now))
    if lease.activated_at is None:
        facts = {**facts, "provision_failure": {"at": now.isoformat()}}
    else:
        facts = _ended(facts, by="operator", now=now)
    answer = decide(facts_from_json(facts))
    return IfEnded(
        amount=answer.credited.money(period.total.currency),
        clause=answer.clause or REVIEW[0],
        paid=period.total,
        window_until=None,
        window_open=False,
        outage=outage_open(account_id, lease_id, now),
    )


def _ended(facts: dict[str, Any], *, by: str, now: datetime) -> dict[str, Any]:
    if "deactivated" in facts:
        return facts
    return {**facts, "deactivated": {"at": now.isoformat(), "by": by}}


def _without_what_is_over(facts: dict[str, Any]) -> dict[str, Any]:
    """Leave out the outages that are over, where they are credited before the end is judged."""
    answer = decide(facts_from_json(facts))
    if answer.decision is not Verdict.CREDIT or answer.ground != SLICED:
        return facts
    return {**facts, "outages": [each for each in facts["outages"] if "cleared_at" not in each]}


def rental_facts(lease: LeaseRow, period: PeriodRow, *, now: datetime) -> dict[str, Any]:
    """Return the facts of a period of a lease as they stand at `now`."""
    customer = accounts.account(lease.account_id)
    known = what_is_known(lease, now=now)
    _, calendar = contract_place(customer.country)
    rows = Decision.objects.filter(account_id=lease.account_id, order_id=period.id)
    earlier = list(rows.order_by("decided_at", "id"))
    facts: dict[str, Any] = {
        "now": now.isoformat(),
        "timezone": lease.timezone,
        "operator_calendar": calendar,
        "customer_calendar": customer.country,
        "currency": period.total.currency,
        "account": {
            **account_state(known, closed_at=customer.closed_at),
            "balance": wallets.balance(lease.account_id).total.decimal_text(),
        },
        "order": _order(lease, period),
        "prior_refunds": prior_refunds(earlier),
        **_happened(lease, known, now=now),
    }
    if facts.get("outages"):
        paid = paid_reports(earlier, ends_at=period.ends_at)
        facts["outages"] = [each for each in facts["outages"] if each["reported_at"] not in paid]
    if customer.kind == "person" and customer.country in EEA:
        facts["profile"] = "eea_consumer"
    return facts


def paid_reports(earlier: Sequence[Decision], *, ends_at: datetime | None) -> set[str]:
    """Return the reports whose outages a period was credited for already (ADR 187).

    One that was still open then had no part in the credit, unless the period was over.
    """
    return {
        each["reported_at"]
        for row in earlier
        if row.credited_micro and (row.outcome or {}).get("ground") == SLICED
        for each in row.facts.get("outages") or ()
        if "cleared_at" in each or (ends_at is not None and row.decided_at >= ends_at)
    }


def _order(lease: LeaseRow, period: PeriodRow) -> dict[str, Any]:
    # A period that never began is told with the month it was ordered for; nothing was rendered.
    ordered_for = period_of(lease.placed_at, index=0, timezone=lease.timezone)
    order: dict[str, Any] = {
        "kind": "rental",
        "price": period.monthly.decimal_text(),
        "setup_fee": period.setup.decimal_text(),
        "ordered_at": lease.placed_at.isoformat(),
        "period_start": (period.starts_at or ordered_for.starts_at).isoformat(),
        "period_end": (period.ends_at or ordered_for.ends_at).isoformat(),
        "consent_immediate": True,
    }
    if period.starts_at is not None:
        order["rendered_at"] = period.starts_at.isoformat()
    if period.place > 0:
        order["renewal"] = "auto"
    return order


def life_of(lease: LeaseRow, *, now: datetime) -> dict[str, Any]:
    """Return the facts that life brought to a lease by `now`, as the policy reads them."""
    return _happened(lease, what_is_known(lease, now=now), now=now)


def _happened(lease: LeaseRow, known: list[Known], *, now: datetime) -> dict[str, Any]:
    before = replacements.numbers_before(lease.account_id, lease_id=lease.id)
    held = Held(
        since=lease.activated_at or lease.placed_at,
        until=lease.ended_at or now,
        replaced_at=before[-1].until_at if before else None,
    )
    return happened(known, held=held, now=now)
