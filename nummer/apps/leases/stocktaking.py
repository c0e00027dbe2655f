"""The stock for rent, counted by place: what is free, leased, resting and withheld."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import connection

LISTED_MAX: Final = 200
LOW_BELOW: Final = 5  # free numbers; the offer shows a page of a few

# Each number counts once: who has it, else what keeps it from being sold.
_COUNTED: Final = """
WITH counted AS (
SELECT country, kind, city,
       count(*) FILTER (WHERE lease_id IS NULL AND NOT withdrawn
                          AND (quarantined_until IS NULL OR quarantined_until <= %(now)s)) AS free,
       count(*) FILTER (WHERE lease_id IS NOT NULL) AS leased,
       count(*) FILTER (WHERE lease_id IS NULL AND NOT withdrawn
                          AND quarantined_until > %(now)s) AS resting,
       count(*) FILTER (WHERE lease_id IS NULL AND withdrawn) AS withheld
  FROM leases_rentable
 WHERE (%(country)s = '' OR country = %(country)s) AND (%(kind)s = '' OR kind = %(kind)s)
   AND (country, kind, city) > (%(country_seen)s, %(kind_seen)s, %(city_seen)s)
 GROUP BY country, kind, city)
SELECT country, kind, city, free, leased, resting, withheld FROM counted
 WHERE NOT %(low)s OR free < %(below)s
 ORDER BY country, kind, city LIMIT %(limit)s
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

    Reads the whole stock for rent: it is for the staff, not for customers.
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
