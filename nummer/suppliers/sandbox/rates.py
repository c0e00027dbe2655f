"""What SMS cost in the sandbox: by the calling codes and areas of ITU-T E.164 (ADR 230).

The sums are invented, of the size that operators ask; which prefix is which country's is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import phonenumbers

from nummer.kernel.money import Money

COST_CURRENCY: Final = "EUR"
# A unit of each currency in euros, of the size of 2026; only for comparing.
PARITIES: Final = {"NOK": "0.085", "GBP": "1.15", "USD": "0.88"}
# Net of a part by group in the four currencies, and what the two carriers take for it.
_SOLD: Final = {
    "NO": {"EUR": "0.052", "NOK": "0.62", "GBP": "0.046", "USD": "0.059"},
    "DE": {"EUR": "0.079", "NOK": "0.94", "GBP": "0.069", "USD": "0.090"},
    "GB": {"EUR": "0.044", "NOK": "0.53", "GBP": "0.039", "USD": "0.051"},
    "US": {"EUR": "0.0095", "NOK": "0.115", "GBP": "0.0084", "USD": "0.011"},
    "europe": {"EUR": "0.072", "NOK": "0.86", "GBP": "0.063", "USD": "0.083"},
    "world": {"EUR": "0.125", "NOK": "1.49", "GBP": "0.11", "USD": "0.145"},
}
# From a number of the same country; other countries have no local rate.
_SOLD_LOCAL: Final = {
    "NO": {"EUR": "0.044", "NOK": "0.52", "GBP": "0.039", "USD": "0.051"},
    "DE": {"EUR": "0.069", "NOK": "0.82", "GBP": "0.061", "USD": "0.079"},
    "GB": {"EUR": "0.036", "NOK": "0.43", "GBP": "0.032", "USD": "0.042"},
    "US": {"EUR": "0.0082", "NOK": "0.099", "GBP": "0.0073", "USD": "0.0096"},
}
_COST: Final = {
    "NO": ("0.034", "0.038"),
    "DE": ("0.055", "0.057"),
    "GB": ("0.026", "0.025"),
    "US": ("0.0061", "0.0069"),
    "europe": ("0.049", "0.053"),
    "world": ("0.084", "0.079"),
}
_EUROPE: Final = re.compile(
    "A[DLTX]|B[AEGY]|C[HYZ]|D[EK]|E[ES]|F[IOR]|G[GIR]|H[RU]|I[EMST]|JE|L[ITUV]|M[CDEKT]"
    "|N[LO]|P[LT]|R[OS]|S[EIJKM]|UA|VA|XK"
)
_NANP: Final = 1
# Areas of the North American Numbering Plan outside the United States and Canada have codes of
# their own; those of Canada cost what the United States cost.
_LIKE_US: Final = frozenset({"US", "CA"})


@dataclass(frozen=True, slots=True)
class SandboxRate:
    """A prefix, what customers pay in each currency, and what the two carriers take."""

    prefix: str
    region: str
    sold: tuple[Money, ...]
    sold_local: tuple[Money, ...]
    costs: tuple[Money, Money]


def sandbox_rates() -> Iterator[SandboxRate]:
    """Yield a rate for every calling code of a country, and for areas that differ in it."""
    for code, regions in sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items()):
        if regions[0] == "001":
            continue  # satellites and services of no country
        yield _rate(str(code), regions[0])
        if code == _NANP:
            for region in regions:
                yield from _areas(region)


def _areas(region: str) -> Iterator[SandboxRate]:
    if region in _LIKE_US:
        return
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(region)
    assert metadata is not None, "every region of the plan is described"
    if metadata.leading_digits is not None and metadata.leading_digits.isdigit():
        yield _rate(f"{_NANP}{metadata.leading_digits}", region)


def _rate(prefix: str, region: str) -> SandboxRate:
    group = region if region in _COST else "europe" if _EUROPE.fullmatch(region) else "world"
    first, second = _COST[group]
    return SandboxRate(
        prefix=prefix,
        region=region,
        sold=_sums(_SOLD[group]),
        sold_local=_sums(_SOLD_LOCAL.get(group, {})),
        costs=(Money.parse(first, COST_CURRENCY), Money.parse(second, COST_CURRENCY)),
    )


def _sums(texts: dict[str, str]) -> tuple[Money, ...]:
    return tuple(Money.parse(text, currency) for currency, text in texts.items())
