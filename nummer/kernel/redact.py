"""Finds payment card numbers and IBANs in what people write, and blots them out.

We accept, log and store neither, so every text from outside passes here before it is kept. What
can be told apart is left alone: phone numbers, our own ids, IMEI and SIM numbers, fractions.
Doubt goes against the number: a reference that looks exactly like a card is blotted out, too.
"""

from __future__ import annotations

import bisect
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Final

import phonenumbers

CARD_DIGITS_MIN: Final = 13
CARD_DIGITS_MAX: Final = 19  # ISO/IEC 7812-1
SHOWN_DIGITS: Final = 4
PHONE_DIGITS_MAX: Final = 15  # ITU-T E.164, section 6.1
_HALF_CARD: Final = 8
_IBAN_HEAD: Final = 4  # country and check digits


class NumberKind(StrEnum):
    """What was found."""

    CARD = "card"
    IBAN = "IBAN"


@dataclass(frozen=True, slots=True)
class FoundNumber:
    """A number at `text[start:end]`; nothing of it is kept but the last four."""

    start: int
    end: int
    kind: NumberKind
    last_four: str

    @property
    def mark(self) -> str:
        """Return what stands in its place: the same in every language."""
        return f"[{self.kind} •••• {self.last_four}]"


@dataclass(frozen=True, slots=True)
class _Group:
    """Digits that stand together."""

    start: int
    end: int

    @property
    def size(self) -> int:
        return self.end - self.start


# First digits from, to, and the lengths in use (issuers' public BIN tables, read 2026-11).
_ISSUERS: Final[tuple[tuple[int, int, frozenset[int]], ...]] = tuple(
    (first, last, frozenset(lengths))
    for first, last, lengths in (
        (4, 4, (13, 16, 19)),  # Visa
        (51, 55, (16,)),  # Mastercard
        (2221, 2720, (16,)),  # Mastercard
        (34, 34, (15,)),  # American Express
        (37, 37, (15,)),  # American Express
        (300, 305, range(14, 20)),  # Diners Club
        (3095, 3095, range(14, 20)),  # Diners Club
        (36, 36, range(14, 20)),  # Diners Club
        (38, 39, range(14, 20)),  # Diners Club
        (6011, 6011, range(16, 20)),  # Discover
        (644, 649, range(16, 20)),  # Discover
        (65, 65, range(16, 20)),  # Discover, RuPay, Troy
        (3528, 3589, range(16, 20)),  # JCB
        (62, 62, range(16, 20)),  # UnionPay
        (8100, 8171, range(16, 20)),  # UnionPay
        (2200, 2204, range(16, 20)),  # Mir
        (50, 50, range(13, 20)),  # Maestro, Dankort, Verve, Elo
        (56, 58, range(13, 20)),  # Maestro
        (60, 60, (16, 18, 19)),  # RuPay, Maestro
        (63, 63, range(13, 20)),  # Maestro, InterPayment
        (67, 67, range(13, 20)),  # Maestro
        (82, 82, (16,)),  # RuPay
        (9792, 9792, (16,)),  # Troy
    )
)

# Characters of an IBAN by country (ISO 13616, registry of SWIFT).
IBAN_LENGTHS: Final = {
    country: length
    for length, countries in {
        15: "NO",
        16: "BE",
        18: "DK FI FK FO GL NL SD",
        19: "MK SI",
        20: "AT BA EE KZ LT LU MN XK",
        21: "CH HR LI LV",
        22: "BG BH CR DE GB GE IE ME RS VA",
        23: "AE GI IL IQ OM SO TL",
        24: "AD CZ ES MD PK RO SA SE SK TN VG",
        25: "LY PT ST",
        26: "IS TR",
        27: "BI DJ FR GR IT MC MR SM",
        28: "AL AZ BY CY DO GT HU LB NI PL SV",
        29: "BR EG PS QA UA",
        30: "JO KW MU YE",
        31: "MT SC",
        32: "LC",
        33: "RU",
    }.items()
    for country in countries.split()
}

# Between two digits of one number: spaces, dashes, dots, what cannot be seen, and the quote
# marks and line ends of a mail that was wrapped.
_BETWEEN: Final = r"[\s\-\u2010-\u2015\u2212._/>\u00ad\u200b-\u200f\u2060\ufeff]"
_RUN: Final = re.compile(rf"[0-9](?:{_BETWEEN}{{0,4}}+[0-9])*+")
_DIGITS: Final = re.compile(r"[0-9]+")
_IBAN_START: Final = re.compile(rf"(?<![A-Z0-9])(?:IBAN)?([A-Z]{{2}}{_BETWEEN}?[0-9]{{2}})")
_CONTINUES: Final = re.compile(r"[A-Z0-9]")
_IBAN_CHARACTER: Final = re.compile(rf"{_BETWEEN}{{0,4}}([A-Z0-9])")
_CHECK_DIGITS: Final = frozenset(f"{number:02d}" for number in range(2, 99))
_UUID: Final = re.compile(r"[0-9A-F]{8}-(?:[0-9A-F]{4}-){3}[0-9A-F]{12}")
_OTHER_NUMBER: Final = re.compile(r"(?:IMEI(?:SV)?|IMSI|ICCID|IMEI/SV)[^0-9]{0,20}$")
_FRACTION: Final = re.compile(r"[0-9][.,]$")
_EXPIRY: Final = re.compile(r"(?:0[1-9]|1[0-2])[0-9]{2}(?:[0-9]{3,4})?")
_CARD_CODE: Final = re.compile(
    r"\b(?:CVC2?|CVV2?|CID|CARD CODE|SECURITY CODE|SIKKERHETSKODE|KONTROLLSIFFER"
    r"|PR(?:Ü|UE)FNUMMER|PR(?:Ü|UE)FZIFFER|KARTENPR(?:Ü|UE)FNUMMER)[^0-9\n]{0,20}([0-9]{3,4})(?![0-9])"
)
CARD_CODE_MARK: Final = "[card code]"

# How people part a card's digits; anything else is several numbers beside one another.
# Sizes of the groups; + is ten or more.
_SHAPES: Final = re.compile(r"4444[1-3]?|444[1-3]|445|46[45]|6\+")


def redact(text: str) -> str:
    """Return `text` with every card number and IBAN replaced by a mark with its last four.

    Where a card stands, its security code goes as well. Doing it twice changes nothing more.
    """
    found = find_numbers(text)
    if not found:
        return text
    blots = [(number.start, number.end, number.mark) for number in found]
    if any(number.kind is NumberKind.CARD for number in found):
        blots += _card_codes(text, found)
    pieces, at = [], 0
    for start, end, mark in sorted(blots):
        pieces += [text[at:start], mark]
        at = end
    return "".join([*pieces, text[at:]])


def holds_number(text: str) -> bool:
    """Tell whether a card number or an IBAN stands in `text`, so that a field can be refused."""
    return bool(find_numbers(text))


def resembles_iban(text: str) -> bool:
    """Tell whether an IBAN stands in `text`, also one with a mistake in it.

    For a field that has no use for one: of a free text too much would go.
    """
    plain = _plain(text)
    return any(
        (end := _end_of_iban(plain, start.start(1))) is not None
        and not _CONTINUES.match(plain, end)
        for start in _IBAN_START.finditer(plain)
    )


def any_holds_number(texts: Iterable[str]) -> bool:
    """Tell whether a card number or an IBAN stands in one of `texts`; most are too short for it."""
    return any(len(text) >= CARD_DIGITS_MIN and holds_number(text) for text in texts)


def find_numbers(text: str) -> list[FoundNumber]:
    """Return the card numbers and IBANs in `text`, first one first; none overlaps another."""
    plain = _plain(text)
    ids = [(match.start(), match.end()) for match in _UUID.finditer(plain)]
    ibans = _ibans(plain, besides=ids)
    taken = sorted([*((iban.start, iban.end) for iban in ibans), *ids])
    cards = [card for card in _cards(plain) if not _touches(card.start, card.end, taken)]
    return sorted([*ibans, *cards], key=_start)


def _start(number: FoundNumber) -> int:
    return number.start


def _plain(text: str) -> str:
    """Return the text in capitals and ASCII digits, each character where it was."""
    return text.upper() if text.isascii() else text.translate(_PLAIN)


_PLAIN_KNOWN_MAX: Final = 20_000  # some megabytes


class _PlainCharacters(dict[int, str]):
    """Each character's plain form, found when it is first met; they are few beside the text."""

    def __missing__(self, point: int) -> str:
        if len(self) >= _PLAIN_KNOWN_MAX:
            self.clear()
        character = chr(point)
        if character.isdecimal():
            plain = str(unicodedata.decimal(character))
        else:
            folded = unicodedata.normalize("NFKC", character).upper()
            plain = folded if len(folded) == 1 else character
        self[point] = plain
        return plain


_PLAIN: Final = _PlainCharacters()


def _touches(start: int, end: int, taken: list[tuple[int, int]]) -> bool:
    """Tell whether a stretch overlaps one of those taken, which are sorted."""
    place = bisect.bisect_left(taken, (end, 0))
    return any(start < other_end for _, other_end in taken[max(0, place - 2) : place])


def _cards(plain: str) -> list[FoundNumber]:
    found = []
    for run in _RUN.finditer(plain):
        if sum(map(str.isdigit, run[0])) >= CARD_DIGITS_MIN:
            found += _cards_of_run(plain, run)
    return found


def _cards_of_run(plain: str, run: re.Match[str]) -> list[FoundNumber]:
    """Return the cards among groups of digits beside one another, such as number, date, code."""
    groups = [
        _Group(run.start() + match.start(), run.start() + match.end())
        for match in _DIGITS.finditer(run[0])
    ]
    found, at = [], 0
    while at < len(groups):
        card, count = _card_at(plain, groups, at)
        if card is not None:
            found.append(card)
        at += count
    return found


def _card_at(plain: str, groups: list[_Group], at: int) -> tuple[FoundNumber | None, int]:
    """Return the longest card that begins with group `at`, and how many groups are done with."""
    best: tuple[FoundNumber | None, int] = (None, 1)
    digits = ""
    for upto in range(at, min(at + CARD_DIGITS_MAX, len(groups))):
        digits += plain[groups[upto].start : groups[upto].end]
        if len(digits) > CARD_DIGITS_MAX:
            break
        if _is_card(plain, groups[at : upto + 1], digits):
            best = _found_card(groups[at].start, groups[upto].end, digits), upto - at + 1
    if best[0] is None and (glued := _glued_card(plain, groups[at])) is not None:
        best = glued, 1
    return best


def _glued_card(plain: str, group: _Group) -> FoundNumber | None:
    """Return a card that its date, or date and code, follow without a space."""
    digits = plain[group.start : group.end]
    for length in range(min(CARD_DIGITS_MAX, group.size), CARD_DIGITS_MIN - 1, -1):
        number, rest = digits[:length], digits[length:]
        if _EXPIRY.fullmatch(rest) and _has_issuer(number) and check_digit_fits(number):
            return _found_card(group.start, group.end, number)
    return None


def _found_card(start: int, end: int, digits: str) -> FoundNumber:
    return FoundNumber(start, end, NumberKind.CARD, digits[-SHOWN_DIGITS:])


def _is_card(plain: str, groups: list[_Group], digits: str) -> bool:
    return (
        len(digits) >= CARD_DIGITS_MIN
        and _has_issuer(digits)
        and check_digit_fits(digits)
        and _parted_like_a_card(plain, groups)
        and not _is_something_else(plain, groups, digits)
    )


def _has_issuer(digits: str) -> bool:
    return any(
        len(digits) in lengths and first <= int(digits[: len(str(first))]) <= last
        for first, last, lengths in _ISSUERS
    )


def check_digit_fits(digits: str) -> bool:
    """Tell whether the last digit checks the others (ISO/IEC 7812-1, annex B)."""
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(map(int, digits[::-2])) + sum(doubled)) % 10 == 0


def _parted_like_a_card(plain: str, groups: list[_Group]) -> bool:
    if len(groups) == 1:
        return True
    sizes = [group.size for group in groups]
    between = {plain[one.end : two.start] for one, two in pairwise(groups)}
    if sizes == [_HALF_CARD, _HALF_CARD]:  # parted by space or line they are two phone numbers
        return between == {"-"}
    if max(sizes) <= 3:  # noqa: PLR2004 -- digit by digit, in pairs, in threes
        return len(between) == 1 and len(set(sizes[:-1])) == 1 and sizes[-1] <= sizes[0]
    written = "".join(str(size) if size < 10 else "+" for size in sizes)  # noqa: PLR2004 -- one character
    return _SHAPES.fullmatch(written) is not None


def _is_something_else(plain: str, groups: list[_Group], digits: str) -> bool:
    before = plain[max(0, groups[0].start - 40) : groups[0].start]
    if _OTHER_NUMBER.search(before):
        return True
    if len(groups) == 1 and _FRACTION.search(before):
        return True
    if len(digits) > PHONE_DIGITS_MAX:
        return False
    return before.rstrip(" (").endswith("+") or _is_phone(digits)


def _is_phone(digits: str) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(f"+{digits}"))
    except phonenumbers.NumberParseException:
        return False


def _card_codes(text: str, found: list[FoundNumber]) -> list[tuple[int, int, str]]:
    taken = [(number.start, number.end) for number in found]
    spans = (match.span(1) for match in _CARD_CODE.finditer(_plain(text)))
    return [(start, end, CARD_CODE_MARK) for start, end in spans if not _touches(start, end, taken)]


def _ibans(plain: str, *, besides: list[tuple[int, int]]) -> list[FoundNumber]:
    """Return the IBANs that do not begin in one of our ids, whose groups can look like one."""
    found: list[FoundNumber] = []
    for start in _IBAN_START.finditer(plain):
        if found and start.start(1) < found[-1].end:
            continue
        if _touches(start.start(1), start.start(1) + 1, besides):
            continue
        if (iban := _iban_at(plain, start.start(1))) is not None:
            found.append(iban)
    return found


def _iban_at(plain: str, start: int) -> FoundNumber | None:
    """Read as many characters as the country's IBAN has, whatever parts them."""
    end = _end_of_iban(plain, start)
    if end is None:
        return None
    characters = "".join(_IBAN_CHARACTER.findall(plain[start:end]))
    if not _mod_97(characters):
        return None
    return FoundNumber(start, end, NumberKind.IBAN, characters[-SHOWN_DIGITS:])


def _end_of_iban(plain: str, start: int) -> int | None:
    length = IBAN_LENGTHS.get(plain[start : start + 2])
    if length is None:
        return None
    at = start
    for _ in range(length):
        character = _IBAN_CHARACTER.match(plain, at)
        if character is None:
            return None
        at = character.end()
    return at


def _mod_97(iban: str) -> bool:
    """Tell whether the check digits are right (ISO 13616, ISO/IEC 7064 MOD 97-10).

    They are 02 to 98; 00, 01 and 99 would check where 97, 98 and 02 do.
    """
    if iban[2:_IBAN_HEAD] not in _CHECK_DIGITS:
        return False
    turned = iban[_IBAN_HEAD:] + iban[:_IBAN_HEAD]
    return int("".join(str(int(character, 36)) for character in turned)) % 97 == 1
