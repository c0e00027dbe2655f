"""Reads of stock and activations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import Count, Q

from nummer.apps.accounts.errors import NoSuchKey
from nummer.apps.accounts.prepared import prepared_cursor
from nummer.apps.numbers.errors import NoSuchActivation
from nummer.apps.numbers.models import (
    OPEN_STATES,
    Activation,
    ActivationState,
    Number,
    NumberStatus,
    Slot,
    Use,
)
from nummer.kernel.phone import PhoneNumber

OPEN: Final = OPEN_STATES
_LONGEST_WINDOW: Final = timedelta(days=1)
ENDED: Final = tuple(state for state in ActivationState if state not in OPEN_STATES)


@dataclass(frozen=True, slots=True)
class ActivationRow:
    """An activation as its holder may see it."""

    account_id: int
    key: UUID
    activation_id: int  # the public id
    order_id: UUID
    number: PhoneNumber
    service: str
    country: str
    carrier: str
    state: ActivationState
    opened_at: datetime
    window_ends_at: datetime
    announced_at: datetime | None
    another_asked_at: datetime | None
    first_sms_at: datetime | None
    displayed_at: datetime | None
    last_code_at: datetime | None
    closed_at: datetime | None

    @property
    def open(self) -> bool:
        """Say whether a code may still come."""
        return self.state in OPEN_STATES

    @property
    def waits_for_another(self) -> bool:
        """Say whether the customer asked for another code that has not come."""
        return (
            self.state == ActivationState.SHOWN
            and self.another_asked_at is not None
            and self.last_code_at is not None
            and self.another_asked_at >= self.last_code_at
        )


def activation(account_id: int, *, activation_id: int) -> ActivationRow:
    """Return one activation by its public id. Refuses: NoSuchActivation."""
    try:
        row = Activation.objects.get(account_id=account_id, public_id=activation_id)
    except Activation.DoesNotExist:
        raise NoSuchActivation from None
    return _row(row)


def activation_numbered(public_id: int) -> ActivationRow | None:
    """Return one activation of whomever by its public id; for the staff."""
    row = Activation.objects.filter(public_id=public_id).order_by("account_id").first()
    return None if row is None else _row(row)


def used_by(number: PhoneNumber, *, at: datetime) -> list[ActivationRow]:
    """Return the activations that had a number at a moment, the latest first; for the staff.

    A window is short, so those that began within a day before are looked at.
    """
    rows = Activation.objects.filter(
        Q(closed_at=None) | Q(closed_at__gte=at),
        e164=number.e164,
        opened_at__gt=at - _LONGEST_WINDOW,
        opened_at__lte=at,
    )
    return [_row(row) for row in rows.order_by("-opened_at", "account_id")[:10]]


def activation_for_key(
    account_id: int, *, activation_id: int, key_id: UUID, dialect: str
) -> ActivationRow:
    """Return one activation to a program whose API key its caller knew from before.

    One statement reads both. Refuses: NoSuchKey (withdrawn, or its dialect is another now),
    NoSuchActivation.
    """
    with prepared_cursor() as cursor:
        cursor.execute(_FOR_KEY, [account_id, key_id, dialect, account_id, activation_id])
        lives, *row = cursor.fetchone()
    if not lives:
        raise NoSuchKey
    if row[0] is None:
        raise NoSuchActivation
    return _row(Activation(*row))


_FOR_KEY: Final = f"""
SELECT k.lives, {", ".join(f"a.{field.column}" for field in Activation._meta.local_concrete_fields)}
  FROM accounts_key_lives(%s, %s, %s) AS k
  LEFT JOIN numbers_activation a ON a.account_id = %s AND a.public_id = %s
"""  # noqa: S608, SLF001 -- our own columns, in the order of the model


def activation_of_order(account_id: int, *, order_id: UUID) -> ActivationRow:
    """Return the activation that an order opened. Refuses: NoSuchActivation."""
    try:
        row = Activation.objects.get(account_id=account_id, order_id=order_id)
    except Activation.DoesNotExist:
        raise NoSuchActivation from None
    return _row(row)


def activation_by_key(account_id: int, *, key: UUID) -> ActivationRow | None:
    """Return one activation by its key, None where there is none."""
    row = Activation.objects.filter(account_id=account_id, id=key).first()
    return None if row is None else _row(row)


def activations(
    account_id: int,
    *,
    states: Sequence[ActivationState] | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[ActivationRow]:
    """Return a page of activations, newest first; `before` is the last public id seen."""
    rows = Activation.objects.filter(account_id=account_id)
    if states is not None:
        rows = rows.filter(state__in=states)
    if before is not None:
        rows = rows.filter(public_id__lt=before)
    return [_row(row) for row in rows.order_by("-public_id")[: min(limit, 1000)]]


def numbered_page(
    account_id: int, *, skip: int, limit: int, oldest_first: bool
) -> list[ActivationRow]:
    """Return the activations from place `skip` on, for protocols that count their pages.

    Its cost grows with `skip`; whoever can, pages with `activations`. At most 1,000 rows.
    """
    rows = Activation.objects.filter(account_id=account_id)
    ordered = rows.order_by("public_id" if oldest_first else "-public_id")
    return [_row(row) for row in ordered[skip : skip + min(limit, 1000)]]


def count_activations(account_id: int) -> int:
    """Return how many activations the account has ever opened."""
    return Activation.objects.filter(account_id=account_id).count()


def due_windows(*, until: datetime, limit: int) -> list[tuple[datetime, int, UUID]]:
    """Return (end of window, account, key) of open activations whose window ended before `until`.

    A window's last instant still belongs to it, hence before and not at.
    """
    rows = Activation.objects.filter(closed_at=None, window_ends_at__lt=until)
    found = rows.order_by("window_ends_at", "account_id", "id")
    return list(found.values_list("window_ends_at", "account_id", "id")[:limit])


def open_activations(account_id: int, *, limit: int = 1000) -> list[ActivationRow]:
    """Return the activations that may still get a code, newest first."""
    return activations(account_id, states=OPEN_STATES, limit=limit)


def stock(
    *, service: str | None = None, country: str | None = None, carrier: str | None = None
) -> dict[tuple[str, str], int]:
    """Return free slots by (service, country), as they stand now; absent means none."""
    rows = Slot.objects.filter(claimed_at=None, withdrawn=False)
    if service is not None:
        rows = rows.filter(service_code=service)
    if country is not None:
        rows = rows.filter(country=country)
    if carrier is not None:
        rows = rows.filter(carrier=carrier)
    # rows, not ids: `slot_next` holds no plain id and then answers without the table
    counted = rows.values_list("service_code", "country").annotate(free=Count("*"))
    return {(code, place): free for code, place, free in counted.order_by("service_code")}


def stock_up_to(most: int, *, service: str | None = None) -> dict[tuple[str, str], int]:
    """Return free slots by (service, country), counted no further than `most`.

    Goes from place to place by `slot_next`, so that a large stock costs no more than a small one.
    """
    with connection.cursor() as cursor:
        cursor.execute(_STOCK_UP_TO, {"most": most, "service": service})
        return {(code, country): free for code, country, free in cursor.fetchall()}


def free_up_to(most: int, *, service: str, country: str) -> int:
    """Return the free slots of one service in one country, counted no further than `most`."""
    rows = Slot.objects.filter(claimed_at=None, withdrawn=False)
    return rows.filter(service_code=service, country=country)[:most].count()


_STOCK_UP_TO: Final = """
WITH RECURSIVE place AS (
(SELECT service_code, country FROM numbers_slot
  WHERE claimed_at IS NULL AND NOT withdrawn
    AND (%(service)s::text IS NULL OR service_code = %(service)s)
  ORDER BY service_code, country LIMIT 1)
UNION ALL
SELECT n.service_code, n.country
  FROM place p, LATERAL (
    SELECT service_code, country FROM numbers_slot
     WHERE claimed_at IS NULL AND NOT withdrawn
       AND (%(service)s::text IS NULL OR service_code = %(service)s)
       AND (service_code, country) > (p.service_code, p.country)
     ORDER BY service_code, country LIMIT 1) n)
SELECT p.service_code, p.country, (SELECT count(*) FROM (
         SELECT FROM numbers_slot s
          WHERE s.service_code = p.service_code AND s.country = p.country
            AND s.claimed_at IS NULL AND NOT s.withdrawn
          LIMIT %(most)s) few)
  FROM place p
 ORDER BY p.service_code, p.country
"""


def carriers(*, country: str | None = None) -> dict[str, list[str]]:
    """Return the carriers that have active numbers, by country, both in order of name."""
    rows = Number.objects.filter(status="active")
    if country is not None:
        rows = rows.filter(country=country)
    found: dict[str, list[str]] = {}
    for place, carrier in (
        rows.values_list("country", "carrier").distinct().order_by("country", "carrier")
    ):
        found.setdefault(place, []).append(carrier)
    return found


def blocked_at(number: PhoneNumber) -> datetime | None:
    """Return since when its carrier keeps a number out of service, None if it does not."""
    found = Number.objects.filter(e164=number.e164, status="blocked").order_by("id")
    return found.values_list("blocked_at", flat=True).first()


def carrier_of(number: PhoneNumber) -> str | None:
    """Return whose number of our stock it is, None for a stranger's."""
    found = Number.objects.filter(e164=number.e164).order_by("id")
    return found.values_list("carrier", flat=True).first()


STATUSES: Final[Sequence[str]] = NumberStatus.values  # of a number of the stock


@dataclass(frozen=True, slots=True)
class CarrierNumber:
    """A number as its carrier may see it: nothing of whoever has it."""

    number: PhoneNumber
    country: str
    kind: str
    sms: bool
    voice: bool
    status: str  # a word of STATUSES
    blocked_at: datetime | None


@dataclass(frozen=True, slots=True)
class CarrierSide:
    """Where a number of ours lives, and whether its carrier still has it."""

    number: PhoneNumber
    country: str
    carrier: str
    active: bool


def numbers_of_carrier(
    carrier: str, *, after: str = "", status: str | None = None, limit: int = 100
) -> list[CarrierNumber]:
    """Return one carrier's numbers in the order of their digits; `after` is the last one seen."""
    rows = Number.objects.filter(carrier=carrier, e164__gt=after).order_by("e164")
    if status is not None:
        rows = rows.filter(status=status)
    return [
        CarrierNumber(
            PhoneNumber(row.e164),
            row.country,
            row.kind,
            row.sms,
            row.voice,
            row.status,
            row.blocked_at,
        )
        for row in rows[:limit]
    ]


def numbers_for_probes(*, limit: int = 200) -> list[CarrierSide]:
    """Return the numbers to which only probes come, in the order of their digits."""
    rows = Number.objects.filter(use="probe").order_by("e164")
    return [
        CarrierSide(PhoneNumber(row.e164), row.country, row.carrier, row.status == "active")
        for row in rows[:limit]
    ]


def number_for_probes(number: PhoneNumber) -> CarrierSide | None:
    """Return one of them, None where the number is not one."""
    row = Number.objects.filter(e164=number.e164, use="probe").first()
    if row is None:
        return None
    return CarrierSide(number, row.country, row.carrier, row.status == "active")


def open_in_scope(
    *, carrier: str, country: str, service: str, numbers: Sequence[str]
) -> list[tuple[int, UUID]]:
    """Return (account, order) of the open activations of a scope; an empty part means all."""
    rows = Activation.objects.filter(closed_at=None)
    for column, value in (("carrier", carrier), ("country", country), ("service_code", service)):
        if value:
            rows = rows.filter(**{column: value})
    if numbers:
        rows = rows.filter(e164__in=list(numbers))
    return list(rows.order_by("account_id", "id").values_list("account_id", "order_id"))


def is_ours(number: PhoneNumber) -> bool:
    """Say whether the number belongs to our own stock; one that was ported away does not."""
    ours = Number.objects.filter(e164=number.e164)
    return ours.exclude(use=Use.RENT, status=NumberStatus.WITHDRAWN).exists()


_AUDIT = (
    (
        "number for rent has no slot",
        """
        SELECT count(*) FROM numbers_slot s JOIN numbers_number n ON n.id = s.number_id
         WHERE n.use = 'rent'
        """,
    ),
    (
        "slot claimed names its activation",
        """
        SELECT count(*) FROM numbers_slot s
         WHERE s.claimed_at IS NOT NULL AND NOT EXISTS (
           SELECT 1 FROM numbers_activation a
            WHERE a.account_id = s.account_id AND a.id = s.activation_id AND a.slot_id = s.id)
        """,
    ),
    (
        "activation names its own slot",
        """
        SELECT count(*) FROM numbers_activation a
         WHERE NOT EXISTS (
           SELECT 1 FROM numbers_slot s
            WHERE s.id = a.slot_id AND s.activation_id = a.id AND s.account_id = a.account_id)
        """,
    ),
    (
        "slot open exactly while its activation is",
        """
        SELECT count(*) FROM numbers_activation a JOIN numbers_slot s ON s.id = a.slot_id
         WHERE (a.state IN ('waiting', 'shown')) <> (s.released_at IS NULL)
        """,
    ),
    (
        "figures of a day are what its activations say",
        """
        SELECT count(*) FROM numbers_codeday d LEFT JOIN (
          SELECT service_code, country, (opened_at AT TIME ZONE 'UTC')::date AS on_day,
                 count(*) AS ended, count(displayed_at) AS with_code
            FROM numbers_activation WHERE counted GROUP BY 1, 2, 3
        ) a USING (service_code, country, on_day)
         WHERE (d.ended, d.with_code) <> (coalesce(a.ended, 0), coalesce(a.with_code, 0))
        """,
    ),
)


def audit_lines() -> list[tuple[str, int, str]]:
    """Prove this app's invariants: (name, breaches, detail) each."""
    lines = []
    with connection.cursor() as cursor:
        for name, query in _AUDIT:
            cursor.execute(query)
            lines.append((f"numbers: {name}", int(cursor.fetchone()[0]), ""))
    return lines


def _row(row: Activation) -> ActivationRow:
    return ActivationRow(
        account_id=row.account_id,
        key=row.id,
        activation_id=row.public_id,
        order_id=row.order_id,
        number=PhoneNumber(row.e164),
        service=row.service_code,
        country=row.country,
        carrier=row.carrier,
        state=ActivationState(row.state),
        opened_at=row.opened_at,
        window_ends_at=row.window_ends_at,
        announced_at=row.announced_at,
        another_asked_at=row.another_asked_at,
        first_sms_at=_not_before(row.opened_at, row.first_sms_at),
        displayed_at=_not_before(row.opened_at, row.displayed_at),
        last_code_at=row.last_code_at,
        closed_at=_not_before(row.opened_at, row.closed_at),
    )


def _not_before(opened_at: datetime, moment: datetime | None) -> datetime | None:
    """Return the moment, or the beginning where a clock that was put back gave an earlier one."""
    return None if moment is None else max(moment, opened_at)
