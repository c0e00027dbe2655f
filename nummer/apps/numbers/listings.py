"""What is on sale: what a number costs one customer, and how many are free."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from nummer.apps.catalogue import queries as catalogue
from nummer.apps.catalogue.queries import Quote
from nummer.apps.numbers.queries import stock, stock_up_to
from nummer.kernel.money import Money


@dataclass(frozen=True, slots=True)
class Listing:
    """One service in one country; `free` is 0 where it has a price and no number just now."""

    quote: Quote
    free: int

    @property
    def service(self) -> str:
        """Return our code of the service."""
        return self.quote.service

    @property
    def country(self) -> str:
        """Return the country of the numbers (ISO 3166)."""
        return self.quote.country

    @property
    def total(self) -> Money:
        """Return the price with tax."""
        return self.quote.total


def listings(
    currency: str,
    *,
    customer_country: str,
    service: str | None = None,
    country: str | None = None,
    carrier: str | None = None,
    free_most: int | None = None,
    now: datetime,
) -> list[Listing]:
    """Return what a customer of that country would pay, and what is free; two statements.

    With `carrier` only his numbers count as free; the price is the same with each. With
    `free_most`, which knows neither country nor carrier, free numbers are counted no further.
    """
    quotes = catalogue.prices(
        currency, now=now, customer_country=customer_country, service=service, country=country
    )
    if free_most is None:
        free = stock(service=service, country=country, carrier=carrier)
    else:
        free = stock_up_to(free_most, service=service)
    return [Listing(quote, free.get((quote.service, quote.country), 0)) for quote in quotes]
