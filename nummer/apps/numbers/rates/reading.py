"""What may be shown of the figures; whatever is too small never leaves this module."""

from __future__ import annotations

from nummer.apps.numbers import models
from nummer.apps.numbers.rates.figures import CodeRate, Tally, told


def code_rates(
    *, service: str | None = None, country: str | None = None
) -> dict[tuple[str, str], CodeRate]:
    """Return code rates by (service, country) over the last 28 days; absent: not enough orders.

    `EVERY_COUNTRY` stands for all countries of a service together. One read of a small table.
    """
    rows = models.CodeRate.objects.order_by("service_code", "country")
    if service is not None:
        rows = rows.filter(service_code=service)
    if country is not None:
        rows = rows.filter(country=country)
    found = {}
    for row in rows:
        tally = Tally(row.ended, row.with_code, row.buyers, row.times)
        rate = told(tally, service=row.service_code, country=row.country, since=row.since_on)
        if rate is not None:
            found[row.service_code, row.country] = rate
    return found
