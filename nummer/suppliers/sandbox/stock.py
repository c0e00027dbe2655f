"""The numbers that the sandbox sells: from ranges that nobody can be reached on (ADR 43)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

FIRST_CARRIER: Final = "sandbox"  # the code of the simulated carrier's link
SECOND_CARRIER: Final = "sandbox2"  # by the same link; so that there is something to choose
PARTNER_CARRIER: Final = "sandbox-sims"  # of a partner, who pushes what his SIM cards receive
_SECOND_EVERY: Final = 4


@dataclass(frozen=True, slots=True)
class SandboxNumber:
    """A number for sale in the sandbox."""

    e164: str
    country: str
    carrier: str
    kind: str
    sms: bool
    voice: bool


@dataclass(frozen=True, slots=True)
class SandboxRange:
    """Numbers in a row: `prefix` and then `digits` digits, from `first` on, `count` of them.

    `source` says who keeps them from people.
    """

    country: str
    kind: str
    prefix: str
    digits: int
    count: int
    voice: bool
    source: str
    first: int = 0


# Where a range is wider than needed, the numbers people like to type in examples stay out of it,
# since a tester's own number must not be one of ours.
RANGES: Final = (
    # No range of Norway is known to be kept for fiction. 5944 and 5945 are eight digits that no
    # service of the numbering plan uses (59 has twelve), so nobody can have them.
    SandboxRange("NO", "mobile", "+475944", 4, 200, voice=False, source="unused"),
    SandboxRange("NO", "local", "+475945", 4, 100, voice=True, source="unused"),
    # Bundesnetzagentur, Mitteilung 148/2021: Hamburg 66969 000-999, and mobile numbers.
    SandboxRange("DE", "local", "+494066969", 3, 100, voice=True, source="BNetzA 148/2021"),
    SandboxRange("DE", "mobile", "+4917139200", 2, 100, voice=False, source="BNetzA 148/2021"),
    SandboxRange("DE", "mobile", "+49176040690", 2, 100, voice=False, source="BNetzA 148/2021"),
    # Ofcom, numbers for drama: 07700 900000-900999, Leeds 0113 496 0000-0999.
    SandboxRange("GB", "mobile", "+447700900", 3, 150, voice=False, source="Ofcom", first=800),
    SandboxRange("GB", "local", "+441134960", 3, 150, voice=True, source="Ofcom"),
    # North American Numbering Plan: 555-0100 to 555-0199 in each area.
    SandboxRange("US", "local", "+1307555", 4, 100, voice=True, source="NANPA", first=100),
    SandboxRange("US", "local", "+1505555", 4, 100, voice=True, source="NANPA", first=100),
    SandboxRange("US", "local", "+1907555", 4, 100, voice=True, source="NANPA", first=100),
    # Post- och telestyrelsen: 070-174 06 05 to 99, and Gothenburg 031-390 06 00 to 99.
    SandboxRange("SE", "mobile", "+46701740", 3, 60, voice=False, source="PTS", first=605),
    SandboxRange("SE", "local", "+46313900", 3, 20, voice=True, source="PTS", first=600),
    # No range of Denmark is known; 2100 is not given to anybody.
    SandboxRange("DK", "mobile", "+452100", 4, 60, voice=False, source="unused"),
    # No range of the Netherlands is known; 097 has eleven digits, these have nine.
    SandboxRange("NL", "mobile", "+31970000", 3, 60, voice=False, source="unused"),
    # Arcep: 06 39 98 xx xx.
    SandboxRange("FR", "mobile", "+3363998", 4, 60, voice=False, source="Arcep"),
    # No range of Poland is known; nothing begins with 28.
    SandboxRange("PL", "mobile", "+4828990", 4, 60, voice=False, source="unused"),
)


def sandbox_numbers() -> Iterator[SandboxNumber]:
    """Yield every number of the sandbox, the same at every call."""
    for block in RANGES:
        yield from _numbers(block)


def _numbers(block: SandboxRange) -> Iterator[SandboxNumber]:
    for place in range(block.count):
        yield SandboxNumber(
            e164=f"{block.prefix}{block.first + place:0{block.digits}d}",
            country=block.country,
            carrier=FIRST_CARRIER if (place + 1) % _SECOND_EVERY else SECOND_CARRIER,
            kind=block.kind,
            sms=True,
            voice=block.voice,
        )


@dataclass(frozen=True, slots=True)
class RentRange:
    """Numbers for rent in a row; `city` is its code in the catalogue, empty for none."""

    city: str
    numbers: SandboxRange


def _rent(  # noqa: PLR0917 -- a line of the table below
    city: str, country: str, kind: str, prefix: str, digits: int, source: str, *, first: int = 0
) -> RentRange:
    count = 40 if country == "US" else 100
    return RentRange(
        city,
        SandboxRange(
            country,
            kind,
            prefix,
            digits,
            count,
            voice=kind != "mobile",
            source=source,
            first=first,
        ),
    )


# By the month; none of them is among those above, which are sold for single codes.
RENT_RANGES: Final = (
    # Further eight digits with 59, as above.
    _rent("oslo", "NO", "local", "+475946", 4, "unused"),
    _rent("bergen", "NO", "local", "+475947", 4, "unused"),
    _rent("trondheim", "NO", "local", "+475948", 4, "unused"),
    _rent("stavanger", "NO", "local", "+475949", 4, "unused"),
    _rent("kristiansand", "NO", "local", "+475950", 4, "unused"),
    _rent("tromso", "NO", "local", "+475951", 4, "unused"),
    _rent("", "NO", "mobile", "+475952", 4, "unused"),
    # Mitteilung 148/2021 keeps a thousand numbers of five cities; Hamburg's first are above.
    _rent("berlin", "DE", "local", "+493023125", 3, "BNetzA 148/2021"),
    _rent("hamburg", "DE", "local", "+494066969", 3, "BNetzA 148/2021", first=100),
    _rent("frankfurt", "DE", "local", "+496990009", 3, "BNetzA 148/2021"),
    _rent("koeln", "DE", "local", "+492214710", 3, "BNetzA 148/2021"),
    _rent("muenchen", "DE", "local", "+498999998", 3, "BNetzA 148/2021"),
    # Ofcom keeps a thousand numbers of each large city for drama, and of other kinds.
    _rent("london", "GB", "local", "+442079460", 3, "Ofcom", first=500),
    _rent("leeds", "GB", "local", "+441134960", 3, "Ofcom", first=500),
    _rent("bristol", "GB", "local", "+441174960", 3, "Ofcom", first=500),
    _rent("birmingham", "GB", "local", "+441214960", 3, "Ofcom", first=500),
    _rent("manchester", "GB", "local", "+441614960", 3, "Ofcom", first=500),
    _rent("edinburgh", "GB", "local", "+441314960", 3, "Ofcom", first=500),
    _rent("glasgow", "GB", "local", "+441414960", 3, "Ofcom", first=500),
    _rent("cardiff", "GB", "local", "+442920180", 3, "Ofcom", first=500),
    _rent("", "GB", "mobile", "+447700900", 3, "Ofcom", first=300),
    _rent("", "GB", "national", "+443069990", 3, "Ofcom", first=500),
    _rent("", "GB", "tollfree", "+448081570", 3, "Ofcom", first=500),
    # 555-0160 to 555-0199: further off from what people type in examples.
    _rent("new-york", "US", "local", "+1212555", 4, "NANPA", first=160),
    _rent("los-angeles", "US", "local", "+1213555", 4, "NANPA", first=160),
    _rent("san-francisco", "US", "local", "+1415555", 4, "NANPA", first=160),
    _rent("chicago", "US", "local", "+1312555", 4, "NANPA", first=160),
    _rent("miami", "US", "local", "+1305555", 4, "NANPA", first=160),
    _rent("austin", "US", "local", "+1512555", 4, "NANPA", first=160),
)


def numbers_for_rent() -> Iterator[tuple[str, SandboxNumber]]:
    """Yield every number for rent of the sandbox with the code of its city."""
    for row in RENT_RANGES:
        for number in _numbers(row.numbers):
            yield row.city, number


# Of the same unused eight digits as the first range, behind it.
PARTNER_RANGE: Final = SandboxRange(
    "NO", "mobile", "+475944", 4, 20, voice=False, source="unused", first=200
)


def partner_numbers() -> Iterator[SandboxNumber]:
    """Yield the numbers whose SMS come by the protocol of partners."""
    block = PARTNER_RANGE
    for place in range(block.count):
        yield SandboxNumber(
            e164=f"{block.prefix}{block.first + place:0{block.digits}d}",
            country=block.country,
            carrier=PARTNER_CARRIER,
            kind=block.kind,
            sms=True,
            voice=block.voice,
        )


# Texts to these come back to us, so that routes can be probed; they are never sold.
PROBE_RANGE: Final = SandboxRange("NO", "mobile", "+475953", 4, 2, voice=False, source="unused")


def probe_numbers() -> list[SandboxNumber]:
    """Return the numbers that are kept for probes, all of the first carrier."""
    return [replace(number, carrier=FIRST_CARRIER) for number in _numbers(PROBE_RANGE)]
