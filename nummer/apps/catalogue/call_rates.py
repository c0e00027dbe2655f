"""What talk costs and which carriers take it: the longest prefix that holds decides (ADR 451)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection

from nummer.apps.catalogue.errors import NoRate
from nummer.apps.catalogue.sms_rates import is_local, prefixes
from nummer.kernel.phone import PhoneNumber
from nummer.policy.calls import Terms, charge

# Carriers are compared by what a call of so long costs with each: a set-up fee counts, and steps.
COMPARED_TALK_S: Final = 120


@dataclass(frozen=True, slots=True)
class CallQuote:
    """What talk to a number costs the customer; `local` says by which kind of rate."""

    rate_id: UUID
    prefix: str
    local: bool
    currency: str
    terms: Terms  # without tax
    tax_bp: int


@dataclass(frozen=True, slots=True)
class Trunk:
    """A carrier that takes a call, and what it costs us there."""

    carrier: str
    supplier: str
    priority: int
    cost_id: UUID
    currency: str
    terms: Terms
    compared: int | None  # a call of COMPARED_TALK_S in 10⁻¹² euros, None without a parity


def call_quote(
    *, to: PhoneNumber, ours_country: str, currency: str, customer_country: str, now: datetime
) -> CallQuote:
    """Return what talk costs at `now` from a number of `ours_country`; one statement.

    Refuses: NoRate.
    """
    found = _rows(
        _RATE,
        {
            "prefixes": prefixes(to.digits),
            "local": is_local(to.digits, ours_country=ours_country),
            "currency": currency,
            "country": customer_country,
            "now": now,
        },
    )
    if not found:
        raise NoRate
    rate_id, prefix, local, setup, minute, minimum_s, step_s, free_s, tax_bp = found[0]
    terms = Terms(setup, minute, minimum_s, step_s, free_s)
    return CallQuote(rate_id, prefix, local, currency, terms, tax_bp)


def trunks_to(*, to: PhoneNumber, now: datetime) -> list[Trunk]:
    """Return the carriers that take a call to a number, best first; one statement.

    Order: priority, cost of a call of two minutes, code. Empty where none takes it.
    """
    found = _rows(_TRUNKS, {"prefixes": prefixes(to.digits), "now": now})
    trunks = [_trunk(row) for row in found]
    return sorted(
        trunks,
        key=lambda one: (one.priority, one.compared is None, one.compared or 0, one.carrier),
    )


def _trunk(row: Sequence[Any]) -> Trunk:
    carrier, supplier, priority, cost_id, currency, setup, minute, minimum_s, step_s, euro = row
    terms = Terms(setup, minute, minimum_s, step_s)
    whole = charge(terms, talk_s=COMPARED_TALK_S, tax_bp=0).net_micro
    worth = None if euro is None else whole * int(euro)
    return Trunk(carrier, supplier, priority, cost_id, currency, terms, worth)


def _rows(sql: str, given: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        return list(cursor.fetchall())


_RATE: Final = """
SELECT r.id, r.prefix, r.local, r.setup_net_micro, r.minute_net_micro, r.minimum_s, r.step_s,
       r.free_s,
       coalesce((SELECT x.rate_bp FROM catalogue_taxrate x
                  WHERE x.country_id = %(country)s
                    AND x.from_on <= (%(now)s::timestamptz AT TIME ZONE 'UTC')::date
                  ORDER BY x.from_on DESC LIMIT 1), 0)
  FROM (SELECT DISTINCT ON (c.prefix, c.local) c.*
          FROM catalogue_callrate c
         WHERE c.prefix = ANY(%(prefixes)s) AND c.currency = %(currency)s
           AND (%(local)s OR NOT c.local) AND c.from_at <= %(now)s
         ORDER BY c.prefix, c.local, c.from_at DESC) r
 WHERE r.minute_net_micro IS NOT NULL
 ORDER BY length(r.prefix) DESC, r.local DESC
 LIMIT 1
"""
_TRUNKS: Final = """
SELECT w.carrier, w.supplier, w.priority, k.id, k.currency, k.setup_micro, k.minute_micro,
       k.minimum_s, k.step_s,
       CASE k.currency WHEN 'EUR' THEN 1000000
            ELSE (SELECT y.euro_micro FROM catalogue_parity y
                   WHERE y.currency = k.currency AND y.from_at <= %(now)s
                   ORDER BY y.from_at DESC LIMIT 1) END
  FROM (SELECT DISTINCT ON (r.carrier) r.carrier, r.supplier, r.enabled, r.priority
          FROM catalogue_callroute r
         WHERE r.prefix = ANY(%(prefixes)s)
         ORDER BY r.carrier, length(r.prefix) DESC) w
  JOIN LATERAL (
    SELECT h.* FROM (SELECT DISTINCT ON (c.prefix) c.*
                       FROM catalogue_callcost c
                      WHERE c.prefix = ANY(%(prefixes)s) AND c.carrier = w.carrier
                        AND c.from_at <= %(now)s
                      ORDER BY c.prefix, c.from_at DESC) h
     WHERE h.minute_micro IS NOT NULL
     ORDER BY length(h.prefix) DESC LIMIT 1) k ON true
 WHERE w.enabled
"""
