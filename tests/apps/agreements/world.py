"""A customer of the tests and what he accepts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from nummer.apps.agreements.queries import AcceptedText, texts_to_accept
from nummer.config.identity import EXAMPLE, read_operator
from nummer.kernel.operator import Operator
from nummer.kernel.phone import PhoneNumber


def named(name: str, *, country: str | None = None) -> Operator:
    """Return the example operator under another name, also with its seat in another country."""
    example = read_operator(EXAMPLE)
    company = replace(example.company, name=name, country=country or example.company.country)
    return replace(example, company=company)


NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
OPERATOR = named("Fjord Numbers AS")
PHONE = PhoneNumber("+12125550123")  # 555-01xx is kept for fiction


def texts(documents: tuple[str, ...], now: datetime = NOW) -> list[AcceptedText]:
    """Return what a customer accepts who ticks these documents in Norwegian."""
    return [text.as_accepted() for text in texts_to_accept(documents, language="nb", now=now)]
