"""Reads the lists that ship with the program; each is read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from nummer.apps.catalogue.models import NoticeKind
from nummer.kernel.locale import LANGUAGES
from nummer.kernel.money import Money
from nummer.protocols.codes import Patterns, service_pattern

WINDOW_S_DEFAULT: Final = 1_200  # 20 minutes, as clients of the sms-activate family expect
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast where built
_PATTERN_FIELDS: Final = ("senders", "words", "domains", "templates", "registration", "login")


@dataclass(frozen=True, slots=True)
class Sample:
    """An SMS of a service and what must be found in it."""

    language: str
    sender: str
    text: str
    code: str
    kind: str


@dataclass(frozen=True, slots=True)
class ListedService:
    """A service as the file has it."""

    code: str
    name: str
    window_s: int
    price_class: str
    restrictions: tuple[str, ...]
    samples: tuple[Sample, ...]


@dataclass(frozen=True, slots=True)
class ListedNotice:
    """A notice as the file has it; `texts` by language."""

    code: str
    kind: NoticeKind
    version: int
    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ListedCountry:
    """A country as the file has it; `taxes` are (day, rate in basis points)."""

    code: str
    activate_id: int | None
    taxes: tuple[tuple[date, int], ...]


@dataclass(frozen=True, slots=True)
class PriceList:
    """The sums by class of service, and where they hold."""

    from_at: datetime
    countries: tuple[str, ...]
    sums: Mapping[str, tuple[Money, ...]]


@dataclass(frozen=True, slots=True)
class ListedRental:
    """What a country's numbers of a kind cost at first, by currency, and what holds for them."""

    country: str
    kind: str
    from_at: datetime
    months: tuple[Money, ...]
    setups: tuple[Money, ...]
    delivery_h: int
    papers: tuple[str, ...]


@cache
def services_version() -> int:
    """Return the version of services.yaml."""
    return int(_file("services")["version"])


@cache
def listed_services() -> tuple[ListedService, ...]:
    """Return the services in the order of the file, which is the order of the pages."""
    return tuple(
        ListedService(
            code=code,
            name=entry["name"],
            window_s=entry.get("window_s", WINDOW_S_DEFAULT),
            price_class=entry["price"],
            restrictions=tuple(entry.get("restrictions", ())),
            samples=tuple(_sample(sample) for sample in entry["samples"]),
        )
        for code, entry in _file("services")["services"].items()
    )


@cache
def patterns() -> Patterns:
    """Return how each service writes, by its code."""
    return Patterns(
        service_pattern(
            code,
            **{field: [str(word) for word in entry.get(field, ())] for field in _PATTERN_FIELDS},
        )
        for code, entry in _file("services")["services"].items()
    )


@cache
def listed_countries() -> tuple[ListedCountry, ...]:
    """Return all countries by their ISO code."""
    return tuple(
        ListedCountry(
            code=code,
            activate_id=entry.get("activate"),
            taxes=tuple((tax["from"], tax["bp"]) for tax in entry.get("tax", ())),
        )
        for code, entry in _file("countries")["countries"].items()
    )


@cache
def also_known_as() -> Mapping[int, str]:
    """Return further sms-activate numbers of countries."""
    return {int(number): code for number, code in _file("countries")["also"].items()}


@cache
def price_list() -> PriceList:
    """Return the sums a new installation starts with."""
    file = _file("prices")
    return PriceList(
        from_at=datetime.combine(file["from"], time(), UTC),
        countries=tuple(file["countries"]),
        sums={
            name: tuple(Money.parse(text, currency) for currency, text in sums.items())
            for name, sums in file["classes"].items()
        },
    )


@cache
def listed_cities() -> Mapping[str, tuple[Mapping[str, str], ...]]:
    """Return the cities of each country, as the file writes them."""
    return {country: tuple(rows) for country, rows in _file("rentals")["cities"].items()}


@cache
def listed_rentals() -> tuple[ListedRental, ...]:
    """Return what a new installation rents out, and for how much."""
    file = _file("rentals")
    return tuple(
        ListedRental(
            country=country,
            kind=kind,
            from_at=datetime.combine(file["from"], time(), UTC),
            months=tuple(Money.parse(text, unit) for unit, text in entry["month"].items()),
            setups=tuple(Money.parse(text, unit) for unit, text in entry["setup"].items()),
            delivery_h=entry["delivery_h"],
            papers=tuple(entry["papers"]),
        )
        for country, kinds in file["offers"].items()
        for kind, entry in kinds.items()
    )


@cache
def listed_notices() -> Mapping[str, ListedNotice]:
    """Return all notices by their code."""
    return {
        code: ListedNotice(
            code=code,
            kind=NoticeKind(entry["kind"]),
            version=entry["version"],
            texts={language: entry[language] for language in LANGUAGES},
        )
        for code, entry in _file("notices")["notices"].items()
    }


@cache
def notices_of_all(kind: NoticeKind) -> tuple[str, ...]:
    """Return the codes of the notices that stand beside every service."""
    names = {
        NoticeKind.RESTRICTION: "restrictions",
        NoticeKind.RESPONSIBILITY: "responsibilities",
        NoticeKind.HELP: "helps",
    }
    return tuple(_file("notices")["all"][names[kind]])


def _sample(sample: Mapping[str, str]) -> Sample:
    return Sample(
        language=sample["lang"],
        sender=str(sample["from"]),
        text=sample["text"],
        code=sample["code"],
        kind=sample["kind"],
    )


@cache
def _file(name: str) -> Mapping[str, Any]:
    text = (Path(__file__).parent / f"{name}.yaml").read_text("utf-8")
    content: Mapping[str, Any] = yaml.load(text, Loader=_LOADER)  # noqa: S506 -- a safe loader
    return content
