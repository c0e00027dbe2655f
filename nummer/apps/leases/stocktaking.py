"""The stock for rent, counted by place: what is free, leased, resting and withheld."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import connection

LISTED_MAX: Final = 200
LOW_BELOW: Final = 5  # free numbers; the offer shows a page of a few

# From place to place by the index, as far as the page needs; only its own numbers are counted. Each
# counts once: who has it, else what keeps it from being sold.
_COUNTED: Final = """
WITH RECURSIVE place AS (
(SELECT country, kind, city FROM leases_rentable
  WHERE (%(country)s = '' OR country = %(country)s)
    AND (country, kind, city) > (%(country_seen)s, %(kind_seen)s, %(city_seen)s)
  ORDER BY country, kind, city LIMIT 1)
UNION ALL
SELECT n.country, n.kind, n.city
  FROM place p, LATERAL (
    SELECT country, kind, city FROM leases_rentable
     WHERE (%(country)s = '' OR country = %(country)s)
       AND (country, kind, city) > (p.country, p.kind, p.city)
     ORDER BY country, kind, city LIMIT 1) n),
wanted AS MATERIALIZED (
SELECT country, kind, city FROM place p
 WHERE (%(kind)s = '' OR kind = %(kind)s)
   AND (NOT %(low)s OR %(below)s > (
     SELECT count(*) FROM (
       SELECT FROM leases_rentable r
        WHERE r.country = p.country AND r.kind = p.kind AND r.city = p.city
          AND r.lease_id IS NULL AND NOT r.withdrawn
          AND (r.quarantined_until IS NULL OR r.quarantined_until <= %(now)s)
        LIMIT %(below)s) few))
 LIMIT %(limit)s)
SELECT w.country, w.kind, w.city, c.free, c.leased, c.resting, c.withheld
  FROM wanted w, LATERAL (
    SELECT count(*) FILTER (WHERE lease_id IS NULL AND NOT withdrawn
                   AND (quarantined_until IS NULL OR quarantined_until <= %(now)s)) AS free,
           count(*) FILTER (WHERE lease_id IS NOT NULL) AS leased,
           count(*) FILTER (WHERE lease_id IS NULL AND NOT withdrawn
                   AND quarantined_until > %(now)s) AS resting,
           count(*) FILTER (WHERE lease_id IS NULL AND withdrawn) AS withheld
      FROM leases_rentable r
     WHERE r.country = w.country AND r.kind = w.kind AND r.city = w.city) c
 ORDER BY w.country, w.kind, w.city
"""


@dataclass(frozen=True, slots=True)
class Counted:
    """The numbers of a kind at a place; an empty city: of none."""

    country: str
    kind: str
    city: str
    free: int
    leased: int
    resting: int
    withheld: int

    @property
    def low(self) -> bool:
        """Tell whether few are left to be rented."""
        return self.free < LOW_BELOW

    @property
    def place(self) -> tuple[str, str, str]:
        """Return what the next page begins after."""
        return self.country, self.kind, self.city


def counted(
    *,
    now: datetime,
    country: str = "",
    kind: str = "",
    low: bool = False,
    after: tuple[str, str, str] = ("", "", ""),
    limit: int = 50,
) -> list[Counted]:
    """Return a page of the stock by country, kind and city; `low` asks for those alone.

    Reads all numbers of the places that it returns: it is for the staff, not for customers.
    """
    country_seen, kind_seen, city_seen = after
    with connection.cursor() as cursor:
        cursor.execute(
            _COUNTED,
            {
                "now": now,
                "country": country,
                "kind": kind,
                "low": low,
                "below": LOW_BELOW,
                "country_seen": country_seen,
                "kind_seen": kind_seen,
                "city_seen": city_seen,
                "limit": min(limit, LISTED_MAX),
            },
        )
        return [Counted(*row) for row in cursor.fetchall()]
