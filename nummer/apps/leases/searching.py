"""The search for numbers for rent, and the stock of each place: what is free at this moment.

A page costs the same over thousands and over millions of numbers. What begins with known digits,
or lies in a city, is a range of an index; four digits in a row are found by their own index, unless
more than GATHERED numbers have them; of what is left at most SCANNED numbers are looked at for one
page. So a page may be shorter than its limit although more follow: `Found.after` says where to go
on, and is None at the end (ADR 240).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection

from nummer.apps.leases.pattern import Pattern, read_pattern
from nummer.kernel.phone import PhoneNumber

KINDS: Final = ("local", "mobile", "national", "tollfree")  # the order of a search without a kind
LISTED_MAX: Final = 200
SCANNED: Final = 10_000
GATHERED: Final = 5_000  # numbers with four digits in a row: where more have them, they are scanned
COUNTED_MAX: Final = 100  # stock is counted up to here: one more says "more"


@dataclass(frozen=True, slots=True)
class FreeNumber:
    """A number for rent that nobody has; `city`, `region` and `area` are empty where it has none.

    `city` is its code in the catalogue, `region` of ISO 3166-2, `area` the digits of the area code.
    """

    number: PhoneNumber
    country: str
    kind: str
    city: str
    region: str
    area: str
    carrier: str
    sms: bool
    voice: bool


@dataclass(frozen=True, slots=True)
class Found:
    """A page of a search; `after` leads to the next one, None says that there is none."""

    numbers: tuple[FreeNumber, ...]
    after: str | None


@dataclass(frozen=True, slots=True)
class Stock:
    """How many numbers of a kind are free in a place, counted up to COUNTED_MAX."""

    country: str
    kind: str
    city: str
    free: int
    sms: bool
    voice: bool


@dataclass(frozen=True, slots=True)
class _Asked:
    """One step of a search: a kind and from where on."""

    kind: str
    after: str
    limit: int


def search(
    *,
    country: str,
    now: datetime,
    kind: str | None = None,
    city: str | None = None,
    region: str | None = None,
    pattern: str = "",
    sms: bool | None = None,
    voice: bool | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Found:
    """Return a page of the numbers for rent that are free at `now`, by kind and number.

    None asks for nothing: any kind, any city, whatever it can do. `pattern` has digits and `*` for
    any one of them, `+` in front begins the number and `$` behind ends it; `after` is `Found.after`
    of the page before. Refuses: PatternNotReadable.
    """
    wanted = read_pattern(pattern)
    if not all(_PLACE.fullmatch(place) for place in (country, city or "", region or "")):
        return Found((), None)
    limit = min(limit, LISTED_MAX)
    kinds = tuple(one for one in KINDS if kind in (None, one))
    place, _, number = (after or "").partition(":")
    if place in kinds and _PLACE.fullmatch(number.removeprefix("+")):
        kinds = kinds[kinds.index(place) :]
    else:
        place = ""  # what is no cursor begins at the beginning
    filters = {"country": country, "city": city, "region": region, "sms": sms, "voice": voice}
    numbers: list[FreeNumber] = []
    for one in kinds:
        start = number if one == place else ""
        step = _Asked(one, after=start, limit=limit - len(numbers))
        found, go_on = _step(step, filters=filters, wanted=wanted, now=now)
        numbers += found
        if go_on is not None:
            return Found(tuple(numbers), f"{one}:{go_on}")
    return Found(tuple(numbers), None)


def free_number(number: PhoneNumber, *, now: datetime) -> FreeNumber | None:
    """Return a number for rent if it is free at `now`."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {_COLUMNS} FROM leases_rentable WHERE e164 = %(e164)s AND {_FREE}",  # noqa: S608 -- our own words
            {"e164": number.e164, "now": now},
        )
        row = cursor.fetchone()
    return None if row is None else _row(row)


def stock(*, places: Sequence[tuple[str, str, str]], now: datetime) -> list[Stock]:
    """Return how many are free in each of several places: (country, kind, city), counted short.

    An empty city stands for numbers of none; what they can do is what any of those counted can.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _STOCK,
            {
                "countries": [country for country, _, _ in places],
                "kinds": [kind for _, kind, _ in places],
                "cities": [city for _, _, city in places],
                "now": now,
                "most": COUNTED_MAX,
            },
        )
        return [Stock(*row) for row in cursor.fetchall()]


_PLACE: Final = re.compile(r"[A-Za-z0-9-]{0,40}")  # the database takes no NUL byte
_COLUMNS: Final = "e164, country, kind, city, region, area, carrier, sms, voice"
_FREE: Final = (
    "lease_id IS NULL AND NOT withdrawn"
    " AND (quarantined_until IS NULL OR quarantined_until <= %(now)s)"
)
_RANGE: Final = """
  FROM leases_rentable
 WHERE country = %(country)s AND kind = %(kind)s AND lease_id IS NULL AND NOT withdrawn
   AND e164 > %(after)s AND e164 >= %(low)s AND (%(high)s = '' OR e164 < %(high)s)
"""
_IN_CITY: Final = "   AND city = %(city)s\n"
_KEPT: Final = """
 WHERE (quarantined_until IS NULL OR quarantined_until <= %(now)s)
   AND (%(region)s::text IS NULL OR region = %(region)s)
   AND (%(sms)s::boolean IS NULL OR sms = %(sms)s)
   AND (%(voice)s::boolean IS NULL OR voice = %(voice)s)
   AND e164 LIKE %(like)s
 ORDER BY e164 LIMIT %(limit)s
"""
_LOOKED_AT: Final = f"{_COLUMNS}, quarantined_until"
# The inner query reads on only while the outer one has not enough.
_SCAN: Final = f"""
SELECT {_COLUMNS} FROM (
  SELECT {_LOOKED_AT} {{range}} ORDER BY e164 LIMIT %(scanned)s) AS r{_KEPT}
"""  # noqa: S608 -- our own words
_SCANNED_TO: Final = "SELECT e164 {range} ORDER BY e164 OFFSET %(scanned)s - 1 LIMIT 1"
# Four digits in a row are rare enough to be looked up as a whole and sorted, or as common as those
# that a whole block begins with: then the one row says so that has no number.
_BY_PIECES: Final = f"""
WITH hit AS MATERIALIZED (
  SELECT {_LOOKED_AT}, lease_id, withdrawn FROM leases_rentable
   WHERE leases_pieces(country, kind, e164) @> %(pieces)s::text[]
     AND lease_id IS NULL AND NOT withdrawn
   LIMIT %(gathered)s)
SELECT found.*, few.n < %(gathered)s FROM (SELECT count(*) AS n FROM hit) AS few
  LEFT JOIN (SELECT {_COLUMNS} FROM (SELECT {_LOOKED_AT} {{range}}) AS r{_KEPT}) AS found
    ON few.n < %(gathered)s
 ORDER BY found.e164
"""  # noqa: S608 -- our own words
_STOCK: Final = """
SELECT p.country, p.kind, p.city, count(r.e164)::integer,
       coalesce(bool_or(r.sms), false), coalesce(bool_or(r.voice), false)
  FROM unnest(%(countries)s::text[], %(kinds)s::text[], %(cities)s::text[])
    WITH ORDINALITY AS p(country, kind, city, place)
  LEFT JOIN LATERAL (
    SELECT e164, sms, voice FROM leases_rentable
     WHERE country = p.country AND kind = p.kind AND city = p.city
       AND lease_id IS NULL AND NOT withdrawn
       AND (quarantined_until IS NULL OR quarantined_until <= %(now)s)
     ORDER BY e164 LIMIT %(most)s) AS r ON true
 GROUP BY p.place, p.country, p.kind, p.city
 ORDER BY p.place
"""


def _step(
    step: _Asked, *, filters: dict[str, Any], wanted: Pattern | None, now: datetime
) -> tuple[list[FreeNumber], str | None]:
    """Return what one kind brings, and the number behind which it goes on; None at its end."""
    values = {
        **filters,
        "kind": step.kind,
        "after": step.after,
        "limit": step.limit + 1,  # one more says whether there is more
        "low": "+" if wanted is None else wanted.low,
        "high": "" if wanted is None else wanted.high,
        "like": "%" if wanted is None else wanted.like,
        "pieces": [
            f"{filters['country']} {step.kind} {piece}"
            for piece in (wanted.pieces if wanted else ())
        ],
        "now": now,
        "scanned": SCANNED,
        "gathered": GATHERED,
    }
    within = _RANGE + (_IN_CITY if filters["city"] is not None else "")
    rows = _by_pieces(within, values) if values["pieces"] and not _narrow(wanted) else None
    all_seen = rows is not None
    if rows is None:
        rows = _read(_SCAN.format(range=within), values)
    found = [_row(row) for row in rows[: step.limit]]
    if len(rows) > step.limit:
        return found, found[-1].number.e164 if found else step.after
    if all_seen:
        return found, None
    end = _read(_SCANNED_TO.format(range=within), values)
    return found, end[0][0] if end else None


def _by_pieces(within: str, values: dict[str, Any]) -> list[tuple[Any, ...]] | None:
    """Return the numbers with all the digits in a row that are asked for; None for too many."""
    where = within.replace("leases_rentable", "hit")
    rows = _read(_BY_PIECES.format(range=where), values)
    if not rows[0][-1]:
        return None
    return [row[:-1] for row in rows if row[0] is not None]


def _narrow(wanted: Pattern | None) -> bool:
    """Tell whether the beginning of the number alone leaves few enough to look at."""
    return wanted is not None and len(wanted.low) > 1 + 7


def _read(query: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return list(cursor.fetchall())


def _row(row: tuple[Any, ...]) -> FreeNumber:
    e164, *rest = row
    return FreeNumber(PhoneNumber(e164), *rest)
