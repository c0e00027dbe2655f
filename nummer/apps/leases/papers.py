"""Which papers an order of a rented number waits for, by the rule of the day it was placed on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from nummer.apps.accounts import queries as accounts
from nummer.apps.catalogue.leasing import lease_terms, set_lease_terms
from nummer.apps.identity import actions as identity_actions
from nummer.apps.identity import queries as identity
from nummer.apps.identity.actions.reminding import REMINDED_BEFORE
from nummer.apps.identity.queries import Asked
from nummer.apps.leases.errors import NoSuchLease
from nummer.apps.leases.models import Lease, Rentable
from nummer.apps.leases.queries import LeaseRow, lease_row
from nummer.kernel.phone import PhoneNumber
from nummer.policy.lease import LeaseState, papers_by

LISTED_MAX = 50


@dataclass(frozen=True, slots=True)
class Waiting:
    """An order that waits for papers, what it needs, and until when it waits."""

    lease: LeaseRow
    asked: Asked
    until: datetime


def asked_of(row: Lease, *, customer: str) -> Asked:
    """Return what an order asks of a kind of customer: by its number, and every purchase."""
    always = identity.asked_always(customer=customer, at=row.placed_at)
    return in_all([asked_by_number(row, customer=customer), always])


def asked_by_number(row: Lease, *, customer: str) -> Asked:
    """Return what the rule of an order's number asks of a kind of customer; this may leave."""
    return identity.asked(
        country=row.country,
        kind=row.kind,
        supplier=row.supplier,
        customer=customer,
        at=row.placed_at,
    )


def asked_for_number(number: PhoneNumber, *, customer: str, now: datetime) -> Asked:
    """Return what a number for rent needs from a kind of customer; nothing where it is none."""
    row = Rentable.objects.filter(e164=number.e164).first()
    if row is None:
        return Asked()
    by_number = identity.asked(
        country=row.country, kind=row.kind, supplier=row.supplier, customer=customer, at=now
    )
    return in_all([by_number, identity.asked_always(customer=customer, at=now)])


def needed(account_id: int, lease_id: UUID, now: datetime) -> bool:
    """Tell whether papers are missing for a lease at `now`. Refuses: NoSuchLease."""
    row = Lease.objects.filter(account_id=account_id, id=lease_id).first()
    if row is None:
        raise NoSuchLease
    wanted = asked_of(row, customer=accounts.account(account_id).kind)
    return bool(wanted) and identity.fitting(account_id, wanted=wanted, now=now) is None


def waiting_for_papers(account_id: int, *, now: datetime) -> list[Waiting]:
    """Return the orders of an account that wait for papers, oldest first.

    One that was only just placed is among them, although its job has not looked for papers yet:
    whoever comes straight from the order can hand them in.
    """
    customer = accounts.account(account_id).kind
    rows = Lease.objects.filter(
        account_id=account_id, state__in=[LeaseState.PAID, LeaseState.PAPERS]
    ).order_by("id")
    found = [(row, asked_of(row, customer=customer)) for row in rows[:LISTED_MAX]]
    return [
        Waiting(lease_row(row), asked, papers_by(row.placed_at))
        for row, asked in found
        if row.state == LeaseState.PAPERS
        or (asked and identity.fitting(account_id, wanted=asked, now=now) is None)
    ]


def orders_of(account_ids: Sequence[int]) -> dict[int, list[tuple[str, str, datetime]]]:
    """Return (country, kind, until when) of the orders of accounts that wait for papers."""
    rows = Lease.objects.filter(account_id__in=list(account_ids), state=LeaseState.PAPERS)
    found: dict[int, list[tuple[str, str, datetime]]] = {}
    for row in rows.order_by("placed_at", "id")[: 4 * LISTED_MAX]:
        found.setdefault(row.account_id, []).append(
            (row.country, row.kind, papers_by(row.placed_at))
        )
    return found


def needed_until(account_id: int, now: datetime) -> datetime | None:
    """Return when the last order ended that needed papers; `now` while one lives, None: none."""
    asking = identity.places_with_rules()
    customer = accounts.account(account_id).kind
    if identity.asked_always(customer=customer, at=now):
        return now  # the next purchase needs them
    last: datetime | None = None
    rows = Lease.objects.filter(account_id=account_id)
    if (identity.EVERY, identity.EVERY) not in asking:
        rows = rows.filter(
            country__in={country for country, _ in asking}, kind__in={kind for _, kind in asking}
        )
    for row in rows.order_by("id").iterator():
        if not asked_of(row, customer=customer):
            continue
        if row.ended_at is None:
            return now
        last = row.ended_at if last is None else max(last, row.ended_at)
    return last


def asked_first(account_id: int, *, now: datetime) -> Asked:
    """Return what an account has to hand in before it may buy anything; nothing where it may."""
    always = identity.asked_always(customer=accounts.account(account_id).kind, at=now)
    if always and identity.fitting(account_id, wanted=always, now=now) is None:
        return always
    return Asked()


def asked_now(account_id: int, *, now: datetime) -> Asked:
    """Return what an account may hand in: for orders that wait, or in place of what expires."""
    customer = accounts.account(account_id).kind
    waiting = in_all(
        [asked_in_all(waiting_for_papers(account_id, now=now)), asked_first(account_id, now=now)]
    )
    soon = now + REMINDED_BEFORE
    if not identity.expires(account_id, until=soon.date(), now=now):
        return waiting
    rows = Lease.objects.filter(account_id=account_id, ended_at=None).order_by("id")
    asked = {asked_of(row, customer=customer) for row in rows[:LISTED_MAX]}
    return in_all(
        [
            waiting,
            *(
                one
                for one in sorted(asked, key=str)
                if one and identity.fitting(account_id, wanted=one, now=soon) is None
            ),
        ]
    )


def asked_in_all(waiting: Sequence[Waiting]) -> Asked:
    """Return what several orders ask for together, each thing once."""
    return in_all([one.asked for one in waiting])


def in_all(asked: Sequence[Asked]) -> Asked:
    """Return what several rules ask for together, each thing once."""
    return Asked(
        tuple(dict.fromkeys(name for one in asked for name in one.fields)),
        tuple(dict.fromkeys(name for one in asked for name in one.documents)),
    )


def ask_for_papers(
    *,
    country: str,
    kind: str,
    wanted: Asked,
    supplier: str = "",
    customer: str = "",
    from_at: datetime | None = None,
    actor: str,
    now: datetime,
) -> None:
    """Let numbers of a country and kind need papers from a moment on, and say so in every offer.

    What lists say of a country and kind follows the rules for everybody, at once; EVERY as both
    is every purchase. Refuses: UnknownCountry, RuleInThePast.
    """
    with transaction.atomic():
        identity_actions.set_rule(
            country=country,
            kind=kind,
            wanted=wanted,
            supplier=supplier,
            customer=customer,
            from_at=from_at,
            actor=actor,
            now=now,
        )
        if supplier or customer or country == identity.EVERY:
            return
        terms = lease_terms(country=country, kind=kind)
        set_lease_terms(
            country=country,
            kind=kind,
            delivery_h=terms.delivery_h,
            papers=[one.value for one in wanted.documents],
            actor=actor,
            now=now,
        )
