"""Which facts a segment may ask for, and the SQL that each of them is; there is no other SQL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

from django.db import connection

from nummer.apps.agreements.offers import Purpose
from nummer.apps.marketing.errors import SegmentRefused
from nummer.kernel.locale import LANGUAGES

Rules = Mapping[str, Any]
SMALL: Final = 10  # fewer persons are shown as "fewer than 10"
DAYS_MAX: Final = 3650
INTERESTS: Final = ("codes", "rent", "sending")


@dataclass(frozen=True, slots=True)
class _Fact:
    """A condition over the account `a` with one parameter, and which values it may have."""

    sql: str
    words: frozenset[str] = frozenset()  # empty: a number of days
    days: bool = False


# Each one is a fact that the customer gave us for the service or for this purpose: no messages,
# no codes, no sums, nothing of papers.
FACTS: Final[Mapping[str, _Fact]] = MappingProxyType(
    {
        "country": _Fact("a.country = %s"),
        "language": _Fact("a.locale = %s", frozenset(LANGUAGES)),
        "kind": _Fact("a.kind = %s", frozenset({"person", "company"})),
        "customer_for_days": _Fact("a.created_at <= %s", days=True),
        "customer_since_days": _Fact("a.created_at > %s", days=True),
        "ordered_within_days": _Fact(
            "EXISTS (SELECT FROM orders_order o WHERE o.account_id = a.id AND o.placed_at > %s)",
            days=True,
        ),
        "not_ordered_within_days": _Fact(
            "NOT EXISTS (SELECT FROM orders_order o"
            " WHERE o.account_id = a.id AND o.placed_at > %s)",
            days=True,
        ),
        "rents": _Fact(
            "EXISTS (SELECT FROM leases_lease l WHERE l.account_id = a.id"
            " AND l.state IN ('active', 'cancelled')) = (%s = 'yes')",
            frozenset({"yes", "no"}),
        ),
        "interest": _Fact(
            "EXISTS (SELECT FROM marketing_profile p"
            " WHERE p.account_id = a.id AND p.interest = %s)",
            frozenset(INTERESTS),
        ),
    }
)
_COUNTRY_LETTERS: Final = 2

_FOUND: Final = """
SELECT a.id FROM accounts_account a
 WHERE a.id > %s AND a.closed_at IS NULL AND a.email_confirmed_at IS NOT NULL
   AND EXISTS (SELECT FROM agreements_offerconsent c
                WHERE c.account_id = a.id AND c.purpose = %s AND c.act = 'given')
   {conditions}
 ORDER BY a.id
 LIMIT %s
"""


def checked(rules: Rules) -> dict[str, Any]:
    """Return rules without empty ones. Refuses: SegmentRefused."""
    kept: dict[str, Any] = {}
    for name, value in rules.items():
        if value in ("", None):
            continue
        fact = FACTS.get(name)
        if fact is None or not _possible(fact, value):
            raise SegmentRefused(fact=name)
        kept[name] = value
    return kept


def _possible(fact: _Fact, value: object) -> bool:
    if fact.days:
        return isinstance(value, int) and 0 < value <= DAYS_MAX
    if not isinstance(value, str):
        return False
    if fact.words:
        return value in fact.words
    return len(value) == _COUNTRY_LETTERS and value.isascii() and value.isupper()


def members(rules: Rules, *, purpose: Purpose, after: int, limit: int, now: datetime) -> list[int]:
    """Return who is in a segment and agrees to a purpose at this moment, by number of account."""
    conditions, values = [], []
    for name, value in checked(rules).items():
        fact = FACTS[name]
        conditions.append(f"AND {fact.sql}")
        values.append(now - timedelta(days=value) if fact.days else value)
    with connection.cursor() as cursor:
        cursor.execute(
            _FOUND.format(conditions=" ".join(conditions)), [after, purpose.value, *values, limit]
        )
        return [account_id for (account_id,) in cursor.fetchall()]


def size(rules: Rules, *, purpose: Purpose, now: datetime) -> int | None:
    """Return how many a campaign would reach now; None for fewer than SMALL."""
    count, last = 0, 0
    while page := members(rules, purpose=purpose, after=last, limit=_PAGE, now=now):
        count, last = count + len(page), page[-1]
        if len(page) < _PAGE:
            break
    return shown(count)


_PAGE: Final = 100_000


def shown(count: int) -> int | None:
    """Return a count of persons as it may be shown; None for fewer than SMALL."""
    return count if count >= SMALL else None
