"""Standard answers: the texts that we bring, their later versions, and what fills them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext, gettext_noop

from nummer.apps.agreements import queries as agreements
from nummer.apps.agreements.quoting import words_in
from nummer.apps.agreements.texts import PRIVACY_NOTICE, REFUND_POLICY
from nummer.apps.cases.errors import NoSuchStandardAnswer
from nummer.apps.cases.models import Kind, StandardAnswer
from nummer.kernel.locale import LANGUAGES

_PLACEHOLDER: Final = re.compile(r"\{([A-Za-z0-9.-]+)\}")
PLAIN: Final = ("brand", "case", "mailbox", "site")
_DOCUMENTS: Final = (REFUND_POLICY, PRIVACY_NOTICE)


@dataclass(frozen=True, slots=True)
class Standard:
    """One version of a standard answer; version 0 is the one that we bring."""

    code: str
    version: int
    kind: Kind
    title: str
    texts: Mapping[str, str]
    retired: bool = False

    @property
    def name(self) -> str:
        """Return how a message says which text it began with."""
        return f"{self.code}@{self.version}"


_BROUGHT: Final[Mapping[str, tuple[Kind, str, str]]] = {
    "account-banned": (
        Kind.REFUND,
        gettext_noop("The account registered with a one-time number was banned"),
        gettext_noop(
            "The code of your order came and was shown in your order table. With that the"
            " one-time number had done its work. Point RP-N2a of our refund policy:"
            " “{RP-N2}”\n\n"
            "So we do not return the price of this order. Why the account was closed, and whether"
            " it can be opened again, only the service knows where you registered it; please ask"
            " there.\n\n"
            "If you think that the code was never shown, write back with the number of the order:"
            " we look at what was recorded. The whole policy: {site}/documents/refund-policy/"
        ),
    ),
    "how-it-works": (
        Kind.QUESTION,
        gettext_noop("How it works"),
        gettext_noop(
            "This is how a one-time number works: choose the service and the country, order, and"
            " write the number that you get where the service asks for a phone. The code that it"
            " sends appears in your order table by itself: {site}/orders/\n\n"
            "If no code comes in time, the whole price is back on your balance. A rented number"
            " stays yours for as long as you pay for it, and takes every SMS: {site}/numbers/\n\n"
            "If something is not clear, just reply to this mail."
        ),
    ),
    "top-up-by-accident": (
        Kind.PAYOUT,
        gettext_noop("Topped up by accident"),
        gettext_noop(
            "You wrote that you topped up by accident. What you have not used is not lost: it"
            " stays on your balance, and it never expires.\n\n"
            "If you want it back, ask for it here: {site}/payouts/. We decide within two working"
            " days. How the money goes back: “{RP-CF}” (RP-CF)"
        ),
    ),
    "caller-id": (
        Kind.REFUND,
        gettext_noop("The own number is not shown on calls"),
        gettext_noop(
            "Whether your rented number is shown as the caller depends on the networks between"
            " you and the person you call. Our refund policy says about it: “{RP-X5}”"
            " (RP-X5)\n\n"
            "Please tell us the number, whom you called and when. We look whether it is a fault"
            " of ours."
        ),
    ),
    "code-lost": (
        Kind.QUESTION,
        gettext_noop("A code was lost or not seen"),
        gettext_noop(
            "Every code that came stands in your order table, also after the order has ended:"
            " {site}/orders/. We keep it for 30 days and delete it then, so that nobody can find"
            " it later.\n\n"
            "Inside its waiting time an order can receive another code; the button stands beside"
            " the number."
        ),
    ),
    "papers": (
        Kind.PAPERS,
        gettext_noop("Why papers are needed, and where they are"),
        gettext_noop(
            "Some numbers need papers, because the provider of the number demands them. The page"
            " of the number says which, before you pay.\n\n"
            "Hand them in on this page only: {site}/papers/. There you also see whether they were"
            " accepted, and who looked at them. Please send no papers by mail."
        ),
    ),
    "invoice": (
        Kind.QUESTION,
        gettext_noop("Where the invoices are"),
        gettext_noop(
            "We write one invoice for each month in which you bought something. You find them as"
            " PDF here, with the details that stand on them: {site}/invoices/\n\n"
            "What you changed there counts for the invoices to come."
        ),
    ),
    "privacy-request": (
        Kind.COPY,
        gettext_noop("A request about personal data"),
        gettext_noop(
            "We have your request about your data. “{PP-4.2}” (PP-4.2) “{PP-7.2}” (PP-7.2)\n\n"
            "Before anything is given out or deleted, we make sure that it was you who asked:"
            " please confirm your message in your account: {site}/cases/{case}/"
        ),
    ),
    "number-down": (
        Kind.OUTAGE,
        gettext_noop("A rented number does not work"),
        gettext_noop(
            "Thank you for telling us that your number does not work. Your first message about it"
            " counts, and we look for the fault.\n\n“{RP-B1}” (RP-B1)\n\n"
            "You need not ask for that money: it comes to your balance by itself."
        ),
    ),
}


def current() -> list[Standard]:
    """Return the latest version of each standard answer that is in use, by title."""
    return sorted((one for one in _latest() if not one.retired), key=lambda one: one.title)


def everything() -> list[Standard]:
    """Return the latest version of each, also of those out of use, by code."""
    return sorted(_latest(), key=lambda one: one.code)


def latest(code: str) -> Standard:
    """Return the latest version of one. Refuses: NoSuchStandardAnswer."""
    for one in _latest():
        if one.code == code:
            return one
    raise NoSuchStandardAnswer


def versions(code: str) -> list[tuple[int, str, datetime]]:
    """Return number, author and moment of each version that the staff wrote, latest first."""
    rows = StandardAnswer.objects.filter(code=code).order_by("-version")
    return [(row.version, row.actor, row.at) for row in rows[:50]]


def written(one: Standard, *, language: str, number: int, now: datetime) -> str:
    """Return the text in a language, filled for the case of a number."""
    language = language if language in LANGUAGES else LANGUAGES[0]
    words = {
        "brand": agreements.operator().brand,
        "case": str(number),
        "mailbox": agreements.operator().mailbox,
        "site": settings.SITE_URL,
        **_clauses(language, now),
    }
    return _PLACEHOLDER.sub(lambda named: words.get(named[1], named[0]), one.texts[language])


def placeholders(text: str) -> set[str]:
    """Return the names that a text wants to have filled."""
    return set(_PLACEHOLDER.findall(text))


def fillable(*, now: datetime) -> set[str]:
    """Return every name that is filled: words of ours, and the points of two documents."""
    return {*PLAIN, *_clauses(LANGUAGES[0], now)}


def _clauses(language: str, now: datetime) -> dict[str, str]:
    found: dict[str, str] = {}
    for document in _DOCUMENTS:
        version = agreements.in_force(document, language=language, now=now).version
        found |= words_in(document, version=version, language=language)
    return found


def _latest() -> Iterator[Standard]:
    rows = StandardAnswer.objects.order_by("code", "-version").distinct("code")
    by_staff = {row.code: _of_row(row) for row in rows}
    for code in _BROUGHT.keys() - by_staff.keys():
        yield _brought(code)
    yield from by_staff.values()


def _brought(code: str) -> Standard:
    kind, title, text = _BROUGHT[code]
    texts = {}
    for language in LANGUAGES:
        with translation.override(language):
            texts[language] = gettext(text)
    return Standard(code, 0, kind, gettext(title), texts)


def _of_row(row: StandardAnswer) -> Standard:
    texts = {"en": row.en, "nb": row.nb, "de": row.de}
    return Standard(row.code, row.version, Kind(row.kind), row.title, texts, row.retired)
