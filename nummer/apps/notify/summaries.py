"""The summary of a contract on one page: the same words before payment, in the mail and as PDF.

Typst gets the words as data and never as markup, as for invoices (ADR 123).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cache
from hashlib import sha256
from math import ceil
from pathlib import Path
from typing import Any, Final

from babel import Locale
from babel.numbers import format_currency
from django.utils import translation
from django.utils.translation import gettext, ngettext

from nummer.apps.agreements import queries as agreements
from nummer.apps.notify.errors import TooManySummaries
from nummer.kernel.limits import CallLimit
from nummer.kernel.pdfs import set_pdf
from nummer.kernel.phone import PhoneNumber
from nummer.kernel.remembered import Remembered

Content = Mapping[str, Any]
_LAYOUT: Final = Path(__file__).with_name("summary.typ")

# A page takes a processor for tenths of a second; who reads the summaries of his numbers one by one
# never meets it.
SETTINGS: Final = CallLimit(per_s=1 / 6, burst=30)
_SET: Final[Remembered[bytes]] = Remembered(100)


def rows(content: Content, *, language: str) -> list[tuple[str, str]]:
    """Return the summary of a rented number's contract as (label, sentence), in a language.

    `content` is that of the letter "lease-ordered"; without a `phone` the number is not chosen.
    """
    with translation.override(language):
        company = agreements.operator()
        return [
            (
                gettext("Provider"),
                ", ".join(
                    (
                        company.name,
                        company.company.address_line(language),
                        company.mailbox,
                        company.phone.international(),
                    )
                ),
            ),
            (gettext("Service"), _service(content, language)),
            (gettext("Price"), _price(content, language)),
            (gettext("Delivery"), _delivery(int(content["delivery_h"]))),
            (
                gettext("Period and renewal"),
                gettext(
                    "One month from the moment at which the number works. Then it is renewed for "
                    "one month at a time at the same price without tax, charged to your balance on "
                    "the day; we remind you 7, 3 and 1 days before. You are never bound for longer "
                    "than one month."
                ),
            ),
            (
                gettext("Ending it"),
                gettext(
                    "At any time to the end of the paid month, on the page of the number or with "
                    "the button in the footer of every page, without a login. If a month is not "
                    "paid, the number is kept for 7 days and is then released."
                ),
            ),
            (
                gettext("Changing your mind"),
                gettext(
                    "Until the end of the second working day after the number works, unused days "
                    "return to your balance. As a consumer you may withdraw within 14 days of the "
                    "order and pay for the days used. Later, ending it at once returns nothing "
                    "(RP-N1); an outage that you report is paid back (RP-B1)."
                ),
            ),
            (gettext("Papers"), _papers(content["papers"])),
            (
                gettext("Restrictions"),
                gettext(
                    "Lawful use only; no emergency calls; other services decide themselves whether "
                    "they accept the number; the number is rented and does not become yours."
                ),
            ),
        ]


def _service(content: Content, language: str) -> str:
    country = str(Locale.parse(language).territories.get(content["country"], content["country"]))
    names: Mapping[str, str] = content["city"]  # `here` as at home, and by language
    here = names.get(language) or names.get("here", "")
    place = f"{here}, {country}" if here else country
    number = PhoneNumber(content["phone"]).international() if content["phone"] else ""
    abilities = " + ".join(
        name
        for name, able in ((gettext("SMS"), content["sms"]), (gettext("calls"), content["voice"]))
        if able
    )
    said = gettext("A rented number of %(place)s that takes %(abilities)s") % {
        "place": place,
        "abilities": abilities,
    }
    return f"{number}: {said}" if number else said


def _price(content: Content, language: str) -> str:
    words = {
        name: format_currency(Decimal(content[name]), content["currency"], locale=language)
        for name in ("monthly", "setup", "amount")
    }
    return (
        gettext(
            "%(monthly)s a month and %(setup)s once for setting up, tax included. With the order "
            "%(amount)s are set aside; they are taken when the number works. Messages that you "
            "send cost what the price list says, shown before you send."
        )
        % words
    )


def _delivery(hours: int) -> str:
    if not hours:
        return gettext("At once after the order, and at the latest within 7 days.")
    return ngettext(
        "Usually within %(hours)s hour after the order, and at the latest within 7 days; else you "
        "get everything back.",
        "Usually within %(hours)s hours after the order, and at the latest within 7 days; else "
        "you get everything back.",
        hours,
    ) % {"hours": hours}


def _papers(papers: Sequence[str]) -> str:
    if not papers:
        return gettext("None are needed.")
    names = {
        "identity": gettext("proof of identity"),
        "address": gettext("proof of address"),
        "company": gettext("entry in the register of companies"),
    }
    listed = ", ".join(names.get(paper, paper) for paper in papers)
    return gettext("Before the number works we need: %(papers)s.") % {"papers": listed}


def pdf_for(account_id: int, *, content: Content, language: str) -> bytes:
    """Return the summary as a PDF that a customer or his program asks for.

    The same words are set once while they are remembered; only setting them counts.
    Refuses: TooManySummaries.
    """
    written = _written(content, language=language)
    asked = sha256(written.encode()).digest()
    if kept := _SET.get(asked):
        return kept
    if wait_s := SETTINGS.wait_s(account_id):
        raise TooManySummaries(retry_after_s=ceil(wait_s))
    return _SET.keep(asked, set_pdf(_layout(), words=written))


def pdf(content: Content, *, language: str) -> bytes:
    """Return the summary as a PDF of one page."""
    return set_pdf(_layout(), words=_written(content, language=language))


def _written(content: Content, *, language: str) -> str:
    with translation.override(language):
        words = {
            "language": language,
            "title": gettext("Contract summary"),
            "seller": agreements.operator().name,
            "day": str(content["placed_at"])[:10],
            "note": gettext(
                "This is what was agreed, in short. The texts that count in full are named below."
            ),
            "rows": rows(content, language=language),
            "texts": [
                f"{text['document']} {text['version']} (SHA-256 {text['sha256']})"
                for text in content["documents"]
            ],
        }
    return json.dumps(words, ensure_ascii=False)


@cache
def _layout() -> bytes:
    return _LAYOUT.read_bytes()
