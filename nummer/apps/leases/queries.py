"""Reads of leases, and the proofs of this app."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import Count, Q, QuerySet

from nummer.apps.accounts import queries as accounts
from nummer.apps.catalogue.cities import city
from nummer.apps.catalogue.leasing import lease_terms, taxed
from nummer.apps.identity import queries as identity
from nummer.apps.leases.errors import NoSuchLease
from nummer.apps.leases.leaving import HANDED_OVER, Cause
from nummer.apps.leases.models import Ending, Holding, Instruction, Lease, Period, Rentable
from nummer.apps.leases.searching import (
    COUNTED_MAX,
    Found,
    FreeNumber,
    Stock,
    free_number,
    search,
    stock,
)
from nummer.apps.vault.actions import unseal_text
from nummer.apps.vault.keys import KeyClass
from nummer.kernel.money import Money
from nummer.kernel.phone import PhoneNumber
from nummer.policy.lease import ENDS, SERVED, LeaseState

__all__ = (
    "COUNTED_MAX",
    "LISTED_MAX",
    "Found",
    "FreeNumber",
    "Holder",
    "LeaseRow",
    "PeriodRow",
    "Stock",
    "agreed",
    "any_free",
    "audit_lines",
    "count_free",
    "due",
    "free_number",
    "holder",
    "lease",
    "lease_of_key",
    "lease_row",
    "lease_with_number",
    "leases_behind",
    "leases_of",
    "period_row",
    "periods",
    "periods_by_id",
    "search",
    "stock",
    "to_settle",
)

LISTED_MAX: Final = 200
ENDING_WORDS: Final = "leases_ending.words"


@dataclass(frozen=True, slots=True)
class LeaseRow:
    """A lease as others may see it; `monthly_net` is without tax."""

    account_id: int
    id: UUID
    number: PhoneNumber
    country: str
    kind: str
    city: str
    carrier: str
    state: LeaseState
    monthly_net: Money
    timezone: str
    fee_kept: bool
    for_one_period: bool
    consent_immediate_at: datetime
    texts: list[dict[str, str]]
    documents: list[dict[str, str]]
    placed_at: datetime
    activated_at: datetime | None
    paid_until: datetime | None
    kept_until: datetime | None
    ended_at: datetime | None
    end_reason: str
    sub_account_id: UUID | None


@dataclass(frozen=True, slots=True)
class PeriodRow:
    """A paid month: `total` is what was charged, its set-up included."""

    account_id: int
    id: UUID
    lease_id: UUID
    place: int
    starts_at: datetime | None
    ends_at: datetime | None
    monthly: Money
    setup: Money
    tax: Money
    placed_at: datetime
    charged_at: datetime | None

    @property
    def total(self) -> Money:
        """Return what it cost, with tax."""
        return self.monthly + self.setup


@dataclass(frozen=True, slots=True)
class EndingRow:
    """Why we ended a lease ourselves; `words` is what its holder reads beside the cause."""

    cause: Cause
    words: str = field(repr=False)
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Held:
    """Who had a number from when until when, as the staff sees its history (LD-H7)."""

    account_id: int
    lease_id: UUID
    from_at: datetime
    until_at: datetime | None


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has a number at a moment; `serves` is false while the lease is unpaid.

    What comes in belongs to the account and this lease, never to the number.
    """

    account_id: int
    lease_id: UUID
    serves: bool


def lease(account_id: int, *, lease_id: UUID) -> LeaseRow:
    """Return one lease. Refuses: NoSuchLease."""
    row = Lease.objects.filter(account_id=account_id, id=lease_id).first()
    if row is None:
        raise NoSuchLease
    return lease_row(row)


def lease_of_order(account_id: int, *, order_id: UUID) -> UUID:
    """Return the lease that an order of the ledger belongs to: a paid period, or the lease itself.

    Refuses: NoSuchLease.
    """
    period = Period.objects.filter(account_id=account_id, id=order_id).first()
    return lease(account_id, lease_id=order_id if period is None else period.lease_id).id


def ending(account_id: int, *, lease_id: UUID) -> EndingRow | None:
    """Return why we ended a lease ourselves; None where it ended otherwise, or not."""
    row = Ending.objects.filter(account_id=account_id, lease_id=lease_id).first()
    if row is None:
        return None
    words = unseal_text(
        bytes(row.words),
        account_id=account_id,
        klass=KeyClass.COMMUNICATION,
        place=ENDING_WORDS,
        row=lease_id,
    )
    return EndingRow(Cause(row.cause), words, row.actor, row.at)


def history(number: PhoneNumber) -> list[Held]:
    """Return who had a number, the latest first; for the staff."""
    rows = Holding.objects.filter(e164=number.e164).order_by("-from_at", "account_id")
    return [
        Held(row.account_id, row.lease_id, row.from_at, row.until_at) for row in rows[:LISTED_MAX]
    ]


def leases_with(number: PhoneNumber) -> list[LeaseRow]:
    """Return every lease that has or had a number, of all accounts, the latest first.

    For the staff; one that never began is found by its account.
    """
    pairs = {(held.account_id, held.lease_id) for held in history(number)}
    for account_id, lease_id in Rentable.objects.filter(e164=number.e164).values_list(
        "account_id", "lease_id"
    ):
        if account_id is not None and lease_id is not None:
            pairs.add((account_id, lease_id))
    found = [lease(account_id, lease_id=lease_id) for account_id, lease_id in pairs]
    return sorted(found, key=lambda row: row.placed_at, reverse=True)


def lease_of_key(account_id: int, *, key: UUID) -> LeaseRow | None:
    """Return the lease that was ordered under an idempotency key."""
    row = Lease.objects.filter(account_id=account_id, key=key).first()
    return None if row is None else lease_row(row)


def lease_with_number(account_id: int, *, number: PhoneNumber) -> LeaseRow | None:
    """Return the account's latest lease of a number."""
    rows = Lease.objects.filter(account_id=account_id, e164=number.e164).order_by("-id")
    row = rows.first()
    return None if row is None else lease_row(row)


def agreed(account_id: int, *, lease_id: UUID) -> dict[str, object]:
    """Return what the contract about a lease says, as the letter with the order told it.

    Refuses: NoSuchLease.
    """
    row = Lease.objects.filter(account_id=account_id, id=lease_id).first()
    if row is None:
        raise NoSuchLease
    first = Period.objects.get(account_id=account_id, lease_id=lease_id, place=0)
    number = Rentable.objects.get(number_id=row.number_id)
    net = Money(row.monthly_net_micro, row.currency)
    monthly = taxed(net, rate_bp=first.tax_rate_bp).total  # also where the first month cost nothing
    setup = Money(first.setup_net_micro + first.setup_tax_micro, row.currency)
    terms = lease_terms(country=row.country, kind=row.kind)
    return {
        "lease": str(row.id),
        "phone": row.e164,
        "country": row.country,
        "city": dict(city(row.country, code=row.city).names) if row.city else {},
        "kind": row.kind,
        "sms": number.sms,
        "voice": number.voice,
        "monthly": monthly.decimal_text(),
        "setup": setup.decimal_text(),
        "amount": Money(_paid_micro(first), row.currency).decimal_text(),
        "currency": row.currency,
        "delivery_h": terms.delivery_h,
        "papers": _papers(row),
        "documents": [*row.documents, *row.texts],
        "placed_at": row.placed_at.isoformat(),
    }


def _paid_micro(row: Period) -> int:
    net = row.monthly_net_micro + row.setup_net_micro
    return net + row.monthly_tax_micro + row.setup_tax_micro


def _papers(row: Lease) -> list[str]:
    """Return which documents the rules of an order's day ask for."""
    customer = accounts.account(row.account_id).kind
    by_number = identity.asked(
        country=row.country,
        kind=row.kind,
        supplier=row.supplier,
        customer=customer,
        at=row.placed_at,
    )
    always = identity.asked_always(customer=customer, at=row.placed_at)
    return list(dict.fromkeys([*by_number.documents, *always.documents]))


def serving(account_id: int, *, e164s: Collection[str]) -> dict[str, UUID]:
    """Return the lease of each of these numbers that an account has and has paid, by number."""
    rows = Lease.objects.filter(account_id=account_id, e164__in=list(e164s), state__in=SERVED)
    return dict(rows.order_by("id").values_list("e164", "id"))


def leases_of(account_id: int, *, before: UUID | None = None, limit: int = 50) -> list[LeaseRow]:
    """Return a page of an account's leases, newest first; `before` is the last id seen."""
    rows = Lease.objects.filter(account_id=account_id).order_by("-id")
    if before is not None:
        rows = rows.filter(id__lt=before)
    return [lease_row(row) for row in rows[: min(limit, LISTED_MAX)]]


def periods(account_id: int, *, lease_id: UUID, limit: int = LISTED_MAX) -> list[PeriodRow]:
    """Return the periods of a lease, the latest first."""
    rows = Period.objects.filter(account_id=account_id, lease_id=lease_id).order_by("-place")
    return [period_row(row) for row in rows[:limit]]


def leases_behind(account_id: int, *, period_ids: Sequence[UUID]) -> dict[UUID, LeaseRow]:
    """Return the lease of each of several periods of one account, by the period's id."""
    rows = Period.objects.filter(account_id=account_id, id__in=list(period_ids)).order_by("id")
    of = {row.id: row.lease_id for row in rows}
    found = Lease.objects.filter(account_id=account_id, id__in=set(of.values())).order_by("id")
    known = {row.id: lease_row(row) for row in found}
    return {period_id: known[lease_id] for period_id, lease_id in of.items()}


def periods_by_id(account_id: int, *, period_ids: Sequence[UUID]) -> dict[UUID, PeriodRow]:
    """Return several periods of one account, by id."""
    rows = Period.objects.filter(account_id=account_id, id__in=list(period_ids)).order_by("id")
    return {row.id: period_row(row) for row in rows}


def holder(number: PhoneNumber, *, at: datetime) -> Holder | None:
    """Return who had a number at a moment; None in quarantine, before and after all holders.

    The end of a holding belongs to nobody.
    """
    row = (
        Holding.objects.filter(Q(until_at=None) | Q(until_at__gt=at))
        .filter(e164=number.e164, from_at__lte=at)
        .order_by("-from_at")
        .first()
    )
    if row is None:
        return None
    state = Lease.objects.values_list("state", flat=True).get(
        account_id=row.account_id, id=row.lease_id
    )
    return Holder(row.account_id, row.lease_id, serves=LeaseState(state) in SERVED)


def any_free(*, country: str, kind: str, now: datetime, city: str | None = None) -> bool:
    """Tell whether a number of a country and kind is free, and of a city if one is named."""
    found = _free(country=country, kind=kind, now=now)
    return (found.filter(city=city) if city else found).exists()


def count_free(*, country: str, kind: str, city: str, now: datetime) -> int:
    """Return how many numbers of a place and kind are free, counted up to COUNTED_MAX."""
    found = _free(country=country, kind=kind, now=now)
    found = found.filter(city=city) if city else found
    return found.order_by()[:COUNTED_MAX].count()


def due(*, until: datetime, limit: int) -> list[tuple[datetime, int, UUID]]:
    """Return (moment, account, lease) of what is due, earliest first."""
    rows = Lease.objects.filter(next_due_at__lte=until).order_by("next_due_at", "account_id", "id")
    found = rows.values_list("next_due_at", "account_id", "id")[:limit]
    return [(at, account_id, key) for at, account_id, key in found if at is not None]


def due_instructions(*, until: datetime, limit: int) -> list[tuple[datetime, int, UUID]]:
    """Return (moment, account, instruction) of what suppliers were not told yet, earliest first."""
    rows = Instruction.objects.filter(due_at__lte=until).order_by("due_at", "account_id", "id")
    found = rows.values_list("due_at", "account_id", "id")[:limit]
    return [(at, account_id, key) for at, account_id, key in found if at is not None]


@dataclass(frozen=True, slots=True)
class SuppliedRow:
    """A lease as its supplier is to see it: the reference and number of its order."""

    account_id: int
    id: UUID
    supply_id: UUID  # its own, or that of the lease from which it was handed over
    e164: str
    ended: bool
    serves: bool  # it was supplied and goes on

    @property
    def reference(self) -> str:
        """Return under which name it was ordered."""
        return self.supply_id.hex


def supplied_by(code: str) -> list[SuppliedRow]:
    """Return every lease whose number a supplier was asked for, of all accounts, by id.

    Of those that were handed over the last one stands for all.
    """
    rows = Lease.objects.filter(supplier=code, tries__gt=0).exclude(end_reason=HANDED_OVER)
    found = rows.order_by("id").values_list(
        "account_id", "id", "supply_id", "e164", "state", "activated_at"
    )
    return [
        SuppliedRow(
            account_id,
            key,
            supply_id or key,
            e164,
            ended=state in ENDS,
            serves=state not in ENDS and activated_at is not None,
        )
        for account_id, key, supply_id, e164, state, activated_at in found
    ]


def account_of(lease_id: UUID, *, supplier: str) -> int | None:
    """Return whose lease a supplier names; None: it is none that he supplies."""
    found = Lease.objects.filter(id=lease_id, supplier=supplier).order_by("account_id")
    return found.values_list("account_id", flat=True).first()


def free_by_place(supplier: str, *, now: datetime) -> dict[tuple[str, str], int]:
    """Return how many numbers of a supplier are free, by country and kind."""
    rows = (
        Rentable.objects.filter(supplier=supplier, lease_id=None, withdrawn=False)
        .filter(Q(quarantined_until=None) | Q(quarantined_until__lte=now))
        .values("country", "kind")
        .annotate(free=Count("number_id"))
        .order_by("country", "kind")
    )
    return {(row["country"], row["kind"]): row["free"] for row in rows}


def to_settle(*, until: datetime, limit: int) -> list[tuple[datetime, int, UUID]]:
    """Return (moment, account, lease) of what ended and was not judged yet, earliest first."""
    rows = Lease.objects.filter(settle_due_at__lte=until)
    rows = rows.order_by("settle_due_at", "account_id", "id")
    found = rows.values_list("settle_due_at", "account_id", "id")[:limit]
    return [(at, account_id, key) for at, account_id, key in found if at is not None]


_AUDIT: Final = (
    (
        "number for rent is held by a lease that has not ended",
        """
        SELECT count(*) FROM leases_rentable r
         WHERE r.lease_id IS NOT NULL AND NOT EXISTS (
           SELECT 1 FROM leases_lease l
            WHERE l.account_id = r.account_id AND l.id = r.lease_id AND l.number_id = r.number_id
              AND l.ended_at IS NULL)
        """,
    ),
    (
        "lease that has not ended holds its number",
        """
        SELECT count(*) FROM leases_lease l
         WHERE l.ended_at IS NULL AND NOT EXISTS (
           SELECT 1 FROM leases_rentable r
            WHERE r.number_id = l.number_id AND r.lease_id = l.id
              AND r.account_id = l.account_id)
        """,
    ),
    (
        "number for rent is one of ours, kept for rent",
        """
        SELECT count(*) FROM leases_rentable r
          LEFT JOIN numbers_number n ON n.id = r.number_id
         WHERE n.use IS DISTINCT FROM 'rent' OR n.e164 <> r.e164
        """,
    ),
    (
        "number had one holder at a time, with the rest between them, or was handed over",
        """
        SELECT count(*) FROM (
          SELECT h.account_id, h.lease_id, h.from_at, lag(h.until_at) OVER w AS before,
                 lag(h.account_id) OVER w AS other_id, lag(h.lease_id) OVER w AS other
            FROM leases_holding h
          WINDOW w AS (PARTITION BY h.number_id ORDER BY h.from_at)) AS one
         WHERE one.other IS NOT NULL
           AND (one.before IS NULL OR one.from_at < one.before + interval '90 days')
           AND NOT EXISTS (
             SELECT 1 FROM leases_handover o
              WHERE o.account_id = one.other_id AND o.lease_id = one.other AND o.state = 'done'
                AND o.to_account_id = one.account_id AND o.to_lease_id = one.lease_id
                AND o.ended_at = one.from_at AND one.before = one.from_at)
        """,
    ),
    (
        "lease that was handed over goes on as the receiver's, and no other way",
        """
        SELECT count(*) FROM leases_lease l
         WHERE (l.end_reason = 'handed_over') IS DISTINCT FROM EXISTS (
           SELECT 1 FROM leases_handover o
             JOIN leases_lease n ON n.account_id = o.to_account_id AND n.id = o.to_lease_id
            WHERE o.account_id = l.account_id AND o.lease_id = l.id AND o.state = 'done'
              AND n.activated_at = l.ended_at AND EXISTS (
                SELECT 1 FROM leases_holding h
                 WHERE h.account_id = n.account_id AND h.lease_id = n.id
                   AND h.from_at = l.ended_at AND h.number_id = l.number_id))
        """,
    ),
    (
        "number that was ported is nobody's",
        """
        SELECT count(*) FROM leases_rentable r
         WHERE r.ported_at IS NOT NULL AND EXISTS (
           SELECT 1 FROM leases_holding h
            WHERE h.number_id = r.number_id
              AND (h.until_at IS NULL OR h.until_at > r.ported_at))
        """,
    ),
    (
        "lease has had one number after the other from its activation to its end",
        """
        SELECT count(*) FROM leases_lease l
          LEFT JOIN LATERAL (
            SELECT min(h.from_at) AS from_at, max(h.from_at) AS last_at,
                   count(*) FILTER (WHERE h.until_at IS NULL) AS lasting,
                   max(h.until_at) AS until_at
              FROM leases_holding h
             WHERE h.account_id = l.account_id AND h.lease_id = l.id) AS held ON true
         WHERE held.from_at IS DISTINCT FROM l.activated_at
            OR held.lasting <> CASE WHEN l.activated_at IS NOT NULL AND l.ended_at IS NULL
                                    THEN 1 ELSE 0 END
            OR (l.activated_at IS NOT NULL AND l.ended_at IS NOT NULL
                AND held.until_at IS DISTINCT FROM l.ended_at)
            OR (l.activated_at IS NOT NULL AND NOT EXISTS (
                SELECT FROM leases_holding h
                 WHERE h.account_id = l.account_id AND h.lease_id = l.id
                   AND h.from_at = held.last_at AND h.number_id = l.number_id))
        """,
    ),
    (
        "number of a lease followed the one before at once",
        """
        SELECT count(*) FROM (
          SELECT h.from_at, lag(h.until_at) OVER w AS before, lag(h.id) OVER w AS other
            FROM leases_holding h
          WINDOW w AS (PARTITION BY h.account_id, h.lease_id ORDER BY h.from_at)) AS one
         WHERE one.other IS NOT NULL AND one.from_at IS DISTINCT FROM one.before
        """,
    ),
    (
        "number that was replaced is the one that follows in the history",
        """
        SELECT count(*) FROM leases_replacement r
         WHERE r.state = 'accepted' AND NOT EXISTS (
           SELECT FROM leases_holding h
            WHERE h.account_id = r.account_id AND h.lease_id = r.lease_id
              AND h.e164 = r.new_e164 AND h.from_at = r.closed_at)
        """,
    ),
    (
        "offer of another number waits only while its lease serves",
        """
        SELECT count(*) FROM leases_replacement r
          JOIN leases_lease l ON l.account_id = r.account_id AND l.id = r.lease_id
         WHERE r.state = 'offered' AND l.state NOT IN ('active', 'cancelled', 'grace')
        """,
    ),
    (
        "period that was charged was charged once, for its sum",
        """
        SELECT count(*) FROM leases_period p
         WHERE p.charged_at IS NOT NULL
           AND p.monthly_net_micro + p.monthly_tax_micro + p.setup_net_micro + p.setup_tax_micro
               IS DISTINCT FROM (
                 SELECT coalesce(-sum(t.amount), 0) FROM ledger.transfer t
                  WHERE t.account_id = p.account_id AND t.id = p.id)
        """,
    ),
    (
        "period that was not charged has its money held while the lease waits",
        """
        SELECT count(*) FROM leases_period p
          JOIN leases_lease l ON l.account_id = p.account_id AND l.id = p.lease_id
          LEFT JOIN ledger.hold h ON h.account_id = p.account_id AND h.id = p.id
         WHERE p.charged_at IS NULL AND (l.ended_at IS NULL OR l.settle_due_at IS NOT NULL)
           AND h.state IS DISTINCT FROM 'open'
        """,
    ),
    (
        "periods of a lease follow one another",
        """
        SELECT count(*) FROM (
          SELECT p.place, p.starts_at, lag(p.ends_at) OVER w AS before, row_number() OVER w AS n
            FROM leases_period p
          WINDOW w AS (PARTITION BY p.account_id, p.lease_id ORDER BY p.place)) AS one
         WHERE one.place <> one.n - 1 OR one.starts_at < one.before
        """,
    ),
    (
        "lease is paid until its last period ends",
        """
        SELECT count(*) FROM leases_lease l
         CROSS JOIN LATERAL (
           SELECT max(p.ends_at) AS until, count(*)::integer AS periods FROM leases_period p
            WHERE p.account_id = l.account_id AND p.lease_id = l.id) AS bought
         WHERE (l.paid_until, l.periods) IS DISTINCT FROM (bought.until, bought.periods)
        """,
    ),
    (
        "fee is kept back only for a lease that renews",
        """
        SELECT count(*) FROM leases_lease l
          JOIN ledger.earmark e ON e.account_id = l.account_id AND e.id = l.id AND e.amount > 0
         WHERE l.state NOT IN ('active', 'grace') OR NOT l.fee_kept
        """,
    ),
)


def audit_lines() -> list[tuple[str, int, str]]:
    """Prove this app's invariants: (name, breaches, detail) each."""
    lines = []
    with connection.cursor() as cursor:
        for name, query in _AUDIT:
            cursor.execute(query)
            lines.append((f"leases: {name}", int(cursor.fetchone()[0]), ""))
    return lines


def lease_row(row: Lease) -> LeaseRow:
    """Return a lease as others may see it."""
    return LeaseRow(
        account_id=row.account_id,
        id=row.id,
        number=PhoneNumber(row.e164),
        country=row.country,
        kind=row.kind,
        city=row.city,
        carrier=row.carrier,
        state=LeaseState(row.state),
        monthly_net=Money(row.monthly_net_micro, row.currency),
        timezone=row.timezone,
        fee_kept=row.fee_kept,
        for_one_period=row.for_one_period,
        consent_immediate_at=row.consent_immediate_at,
        texts=row.texts,
        documents=row.documents,
        placed_at=row.placed_at,
        activated_at=row.activated_at,
        paid_until=row.paid_until,
        kept_until=row.kept_until,
        ended_at=row.ended_at,
        end_reason=row.end_reason,
        sub_account_id=row.sub_account_id,
    )


def period_row(row: Period) -> PeriodRow:
    """Return a period as others may see it."""
    return PeriodRow(
        account_id=row.account_id,
        id=row.id,
        lease_id=row.lease_id,
        place=row.place,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        monthly=Money(row.monthly_net_micro + row.monthly_tax_micro, row.currency),
        setup=Money(row.setup_net_micro + row.setup_tax_micro, row.currency),
        tax=Money(row.monthly_tax_micro + row.setup_tax_micro, row.currency),
        placed_at=row.agreed_at,
        charged_at=row.charged_at,
    )


def _free(*, country: str, kind: str, now: datetime) -> QuerySet[Rentable]:
    return Rentable.objects.filter(
        Q(quarantined_until=None) | Q(quarantined_until__lte=now),
        country=country,
        kind=kind,
        lease_id=None,
        withdrawn=False,
    )
