"""What SMS of rented numbers brought and cost, by day, prefix, carrier and currencies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from django.db import connection

from nummer.kernel.money import Money

MARGINS_PAGE: Final = 100
_BP: Final = 10_000  # basis points of a whole


@dataclass(frozen=True, slots=True)
class MarginRow:
    """A day's SMS that a carrier accepted: `cost` is None where it is not known of all of them.

    `day` is that of the acceptance by us, in UTC; `prefix` is that of the rate.
    """

    day: date
    prefix: str
    carrier: str
    supplier: str
    messages: int
    parts: int
    net: Money
    cost: Money | None

    @property
    def margin(self) -> Money | None:
        """Return what is left; None across currencies, which are never converted."""
        if self.cost is None or self.cost.currency != self.net.currency:
            return None
        return self.net - self.cost

    @property
    def margin_bp(self) -> int | None:
        """Return what is left in hundredths of a per cent of what it brought."""
        left = self.margin
        return None if left is None or not self.net.micro else left.micro * _BP // self.net.micro

    @property
    def cursor(self) -> str:
        """Return what leads to the rows behind this one."""
        cost = "" if self.cost is None else self.cost.currency
        return "|".join(
            (self.day.isoformat(), self.prefix, self.carrier, self.supplier,
             self.net.currency, cost)
        )  # fmt: skip


def margins(
    *,
    since: date,
    until: date,
    carrier: str = "",
    after: str = "",
    limit: int = MARGINS_PAGE,
) -> list[MarginRow]:
    """Return the rows of the days from `since` to `until`, both in it, the eldest day first."""
    day, *rest = after.split("|") if after.count("|") == _PLACES - 1 else [""] * _PLACES
    try:
        begun = date.fromisoformat(day)
    except ValueError:
        begun = date.min
    values: dict[str, Any] = {
        "since": _midnight(since),
        "until": _midnight(until) + timedelta(days=1),
        "carrier": carrier,
        "begun": begun,
        "rest": [text.replace("\0", "") for text in rest],
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(_MARGINS, values)
        return [_row(row) for row in cursor.fetchall()]


def all_margins(*, since: date, until: date, carrier: str = "") -> Iterator[list[MarginRow]]:
    """Yield all of them, some at a time."""
    after = ""
    while rows := margins(since=since, until=until, carrier=carrier, after=after, limit=5_000):
        yield rows
        after = rows[-1].cursor


_PLACES: Final = 6
_MARGINS: Final = """
SELECT day, prefix, carrier, supplier, currency, cost_currency, messages, parts, net, cost
  FROM (SELECT (o.queued_at AT TIME ZONE 'UTC')::date AS day, coalesce(r.prefix, '') AS prefix,
               o.carrier, o.supplier, o.currency, o.cost_currency,
               count(*)::integer AS messages, sum(o.parts)::integer AS parts,
               sum(o.net_micro)::bigint AS net,
               CASE WHEN bool_and(o.cost_micro IS NOT NULL)
                    THEN sum(o.cost_micro)::bigint END AS cost
          FROM messaging_outgoing o
          LEFT JOIN catalogue_smsrate r ON r.id = o.rate_id
         WHERE o.lease_id IS NOT NULL AND o.state NOT IN ('queued', 'taken')  -- as the index says
           AND o.state IN ('sent', 'delivered', 'undelivered')
           AND o.queued_at >= %(since)s AND o.queued_at < %(until)s
           AND (%(carrier)s = '' OR o.carrier = %(carrier)s)
         GROUP BY 1, 2, 3, 4, 5, 6) AS sold
 WHERE (day, ARRAY[prefix, carrier, supplier, currency, cost_currency]::text[])
       > (%(begun)s, %(rest)s::text[])
 ORDER BY day, ARRAY[prefix, carrier, supplier, currency, cost_currency]::text[] LIMIT %(limit)s
"""


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _row(row: tuple[Any, ...]) -> MarginRow:
    day, prefix, carrier, supplier, currency, cost_currency, messages, parts, net, cost = row
    return MarginRow(
        day=day,
        prefix=prefix,
        carrier=carrier,
        supplier=supplier,
        messages=messages,
        parts=parts,
        net=Money(net, currency),
        cost=None if cost is None or not cost_currency else Money(cost, cost_currency),
    )
