"""Sets a document as a PDF: words and sums in its language, then the layout it was written for.

Typst gets the words as data and never as markup, reads no file and no clock, and uses the fonts it
brings along, so the same content gives the same bytes (ADR 123).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Final

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal, format_percent
from django.utils import translation
from django.utils.translation import gettext, pgettext

from nummer.kernel.money import MICRO, Money, minor_digits
from nummer.kernel.pdfs import set_pdf
from nummer.kernel.phone import PhoneNumber

_LAYOUTS: Final = Path(__file__).parent / "layouts"
_Content = dict[str, Any]


def set_page(content: _Content, *, form: int) -> bytes:
    """Return the document as a PDF."""
    words = json.dumps(words_of(content), ensure_ascii=False)
    return set_pdf(_layout(form), words=words)


@cache
def _layout(form: int) -> bytes:
    return (_LAYOUTS / f"{form}.typ").read_bytes()


def words_of(content: _Content) -> _Content:
    """Return every word and sum of the page in the document's language."""
    language = content["language"]
    with translation.override(language):
        return {
            "language": language,
            "title": _title(content),
            "issued_on": content["issued_on"],
            "facts": _facts(content),
            "seller": _seller(content["seller"], language),
            "buyer": _buyer(content["buyer"], language),
            "head": _head(content),
            "lines": [_line(line, content) for line in content["lines"]],
            "rates": _rates(content),
            "sums": _sums(content),
            "notes": _notes(content),
            "labels": {
                "buyer": pgettext("invoice", "To"),
                "continued": gettext("Page"),
                "rates": gettext("Tax by rate"),
            },
        }


def _is_credit(content: _Content) -> bool:
    return bool(content["kind"] == "credit_note")


def _title(content: _Content) -> str:
    name = gettext("Credit note") if _is_credit(content) else gettext("Invoice")
    return f"{name} {content['number']}"


def _facts(content: _Content) -> list[list[str]]:
    language = content["language"]
    first, last = (_day(day, language) for day in content["period"])
    return [
        [gettext("Number of the document"), content["number"]],
        [gettext("Date of issue"), _day(content["issued_on"], language)],
        [gettext("Period of supply"), f"{first} \N{EN DASH} {last}"],
        [gettext("Account"), str(content["buyer"]["account"])],
    ]


def _seller(seller: _Content, language: str) -> _Content:
    return {
        "brand": seller["brand"],
        "lines": [seller["name"], *seller["address"], _country(seller["country"], language)],
        "foot": [
            seller["name"],
            f"{seller['register']} {seller['register_number']}",
            f"{gettext('Tax number')}: {seller['tax_number']}",
            PhoneNumber(seller["phone"]).international(),
            seller["mailbox"],
        ],
    }


def _buyer(buyer: _Content, language: str) -> list[str]:
    lines = [buyer["name"], *buyer["address"], _country(buyer["country"], language)]
    if buyer["tax_number"]:
        lines.append(f"{gettext('Tax number')}: {buyer['tax_number']}")
    return [line for line in lines if line]


def _head(content: _Content) -> list[str]:
    first = gettext("Credited service") if _is_credit(content) else gettext("Service")
    return [
        first,
        pgettext("invoice", "Quantity"),
        gettext("Price without tax"),
        gettext("Tax rate"),
        gettext("Sum without tax"),
    ]


def _line(line: _Content, content: _Content) -> list[str]:
    language, currency = content["language"], content["currency"]
    each = Decimal(line["net_micro"]) / MICRO / line["quantity"]
    return [
        _what(line, language),
        format_decimal(line["quantity"], locale=language),
        _sum(int(each * MICRO), currency, language),
        _rate(line, language),
        _sum(line["net_micro"], currency, language),
    ]


def _what(line: _Content, language: str) -> str:
    if not line["service"]:
        return gettext("Use of our services")
    named = gettext("One-time number for %(service)s, %(country)s") % {
        "service": line["service"],
        "country": _country(line["country"], language),
    }
    if not line["of"]:
        return named
    return gettext("%(what)s (invoice %(number)s)") % {"what": named, "number": line["of"]}


def _rate(line: _Content, language: str) -> str:
    match line["treatment"]:
        case "reverse_charge":
            return gettext("Reverse charge")
        case "outside":
            return "\N{EN DASH}"
    return format_percent(Decimal(line["rate_bp"]) / 10_000, "#,##0.## %", locale=language)


def _rates(content: _Content) -> list[list[str]]:
    """Return the sums of each rate: what tax law wants to see on every invoice."""
    language, currency = content["language"], content["currency"]
    found: dict[tuple[str, int], list[int]] = {}
    for line in content["lines"]:
        sums = found.setdefault((line["treatment"], line["rate_bp"]), [0, 0])
        sums[0] += line["net_micro"]
        sums[1] += line["tax_micro"]
    return [
        [
            _rate({"treatment": treatment, "rate_bp": rate_bp}, language),
            _sum(net, currency, language),
            _sum(tax, currency, language),
        ]
        for (treatment, rate_bp), (net, tax) in sorted(found.items())
    ]


def _sums(content: _Content) -> list[list[str]]:
    language, currency = content["language"], content["currency"]
    net = sum(line["net_micro"] for line in content["lines"])
    tax = sum(line["tax_micro"] for line in content["lines"])
    return [
        [gettext("Sum without tax"), _sum(net, currency, language)],
        [gettext("Tax"), _sum(tax, currency, language)],
        [gettext("Total"), _sum(net + tax, currency, language)],
    ]


def _notes(content: _Content) -> list[str]:
    if _is_credit(content):
        notes = [gettext("The sum was credited to your balance; its tax was reversed.")]
    else:
        notes = [gettext("Paid from your balance. There is nothing left to pay.")]
    if any(line["treatment"] == "reverse_charge" for line in content["lines"]):
        notes.append(gettext("Reverse charge: the recipient owes the tax."))
    if any(line["treatment"] == "outside" for line in content["lines"]):
        notes.append(gettext("No tax is charged for the country of the recipient."))
    return notes


def _sum(micro: int, currency: str, language: str) -> str:
    amount = Money(micro, currency)
    exact = micro * 10 ** minor_digits(currency) % MICRO == 0
    return format_currency(amount.decimal(), currency, locale=language, decimal_quantization=exact)


def _day(written: str, language: str) -> str:
    return format_date(date.fromisoformat(written), "medium", locale=language)


def _country(code: str, language: str) -> str:
    return str(Locale.parse(language).territories.get(code, code))


def layouts() -> Sequence[int]:
    """Return the layouts that there are; none ever goes while documents need it."""
    return sorted(int(path.stem) for path in _LAYOUTS.glob("*.typ"))
