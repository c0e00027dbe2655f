"""Writes a letter: from its kind and content to subject, text and page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, get_timezone_gmt
from babel.numbers import format_currency
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext

from nummer.apps.agreements import queries as agreements
from nummer.apps.notify import summaries
from nummer.apps.notify.letters import Content, require_complete
from nummer.kernel.harmless import harmless
from nummer.kernel.locale import LANGUAGES
from nummer.kernel.money import minor_digits

WITH_WITHDRAWAL_FORM: Final = frozenset({"order-confirmation", "lease-ordered", "handover-done"})
WITH_SUMMARY: Final = frozenset({"lease-ordered", "handover-done"})
_MOMENTS: Final = frozenset(
    {
        "placed_at",
        "since",
        "window_ends_at",
        "decided_at",
        "received_at",
        "created_at",
        "changed_at",
        "effective_at",
        "began_at",
        "begins_at",
        "ends_at",
        "answer_by",
        "kept_until",
        "port_on",
        "expires_on",
    }
)
_SUMS: Final = frozenset(
    {"total", "tax", "amount", "paid", "earlier", "credited", "fee", "threshold"}
)
# All else stays on its line, so that a name or a label never reads like a sentence of ours.
_OF_LINES: Final = frozenset({"answer", "reason", "said", "why", "words"})


@dataclass(frozen=True, slots=True)
class Written:
    """A letter as it is sent."""

    subject: str = field(repr=False)
    text: str = field(repr=False)
    html: str = field(repr=False)
    attached: tuple[tuple[str, str], ...] = ()  # names and texts of files
    pdf: bytes | None = field(default=None, repr=False)  # of the letters in WITH_SUMMARY


def write(name: str, *, content: Content, language: str, zone: str = "") -> Written:
    """Write a letter in a language, its moments in a zone, or in UTC. Raises LetterIncomplete."""
    require_complete(name, content)
    with translation.override(language), timezone.override(ZoneInfo(zone or "UTC")):
        summary = summaries.rows(content, language=language) if name in WITH_SUMMARY else []
        words: dict[str, Any] = {
            "summary": summary,
            **_said(content, language),
            "operator": agreements.operator(),
            "address": agreements.operator().company.address_line(language),
            "site_url": settings.SITE_URL,
            "language": language,
        }
        subject = " ".join(render_to_string(f"letters/{name}.subject.txt", words).split())
        body = _tidy(render_to_string(f"letters/{name}.txt", words))
        foot = _tidy(render_to_string("letters/foot.txt", words))
        page = render_to_string(
            "letters/frame.html",
            {
                "language": language,
                "subject": subject,
                "paragraphs": body.split("\n\n"),
                "foot": foot.split("\n\n"),
            },
        )
    forms = withdrawal_forms() if name in WITH_WITHDRAWAL_FORM else ()
    page_one = summaries.pdf(content, language=language) if name in WITH_SUMMARY else None
    return Written(subject, f"{body}\n\n-- \n{foot}\n", page, forms, page_one)


def withdrawal_forms() -> tuple[tuple[str, str], ...]:
    """Return the form for withdrawing from a contract in every language, as files (PP-6.1)."""
    found = []
    for language in LANGUAGES:
        with translation.override(language):
            company = agreements.operator()
            words = {"operator": company, "address": company.company.address_line(language)}
            text = _tidy(render_to_string("letters/withdrawal-form.txt", words))
        found.append((f"withdrawal-form-{language}.txt", f"{text}\n"))
    return tuple(found)


def _tidy(text: str) -> str:
    """Return paragraphs with exactly one empty line between them, however templates break."""
    lines = [line.strip() for line in text.strip().splitlines()]
    paragraphs = "\n".join(lines).split("\n\n")
    return "\n\n".join(paragraph.strip() for paragraph in paragraphs if paragraph.strip())


def _said(content: Content, language: str) -> dict[str, Any]:
    """Return the content with sums, moments, countries and texts as people read them."""
    return {name: _word(name, value, content, language) for name, value in content.items()}


def _word(name: str, value: Any, beside: Content, language: str) -> Any:
    if name in ("orders", "refunds", "texts", "messages"):
        titled = name == "texts"
        return [_said(row, language) | (_title(row, language) if titled else {}) for row in value]
    if name == "documents":
        return [_title(document, language) for document in value]
    if name in ("subjects", "bodies"):  # what a person wrote in every language
        return value[language]
    if name in _SUMS:
        return _sum(Decimal(value), beside["currency"], language)
    if name == "settle_by" or name in _MOMENTS:
        return _when(value, language)
    if name in ("country", "month"):
        return _name(name, value, language)
    if name == "clause":
        return {"id": value, "reason": _reason(value)}
    return _as_said(name, value) if isinstance(value, str) else value


def _as_said(name: str, value: str) -> str | int:
    if name == "minutes":
        return int(value)  # a number chooses between one minute and several
    if name == "text":
        return _quoted(value)
    return ("\n" if name in _OF_LINES else " ").join(_lines(value))


def _quoted(said: str) -> str:
    """Quote what a stranger wrote, so that no line of it reads like one of ours."""
    return "\n".join(f"> {line}" for line in _lines(said) or [""])


def _lines(said: str) -> list[str]:
    return [harmless(line) for line in said.splitlines()]


def _name(what: str, value: str, language: str) -> str:
    """Write a country or a month, which comes as its first day, by its name."""
    if what == "month":
        return str(format_date(date.fromisoformat(value), "LLLL y", locale=language))
    return str(Locale(language).territories.get(value, value))


def _when(at: str, language: str) -> str:
    """Write a moment in the letter's zone, or a day; nothing where there is none."""
    if len(at) <= len("2026-11-22"):
        return format_date(date.fromisoformat(at), "long", locale=language) if at else ""
    zone = timezone.get_current_timezone()
    moment = datetime.fromisoformat(at).astimezone(zone)
    name = "UTC"
    if isinstance(zone, ZoneInfo) and zone.key != "UTC":
        name = get_timezone_gmt(moment, "long", locale=language)
    return f"{format_datetime(moment.replace(tzinfo=None), 'medium', locale=language)} {name}"


def _sum(amount: Decimal, currency: str, language: str) -> str:
    """Write a sum exactly: with the digits of its currency, or with more where it has more."""
    exact = amount == amount.quantize(Decimal(1).scaleb(-minor_digits(currency)))
    return format_currency(amount, currency, locale=language, decimal_quantization=exact)


def _title(document: Mapping[str, str], language: str) -> dict[str, str]:
    text = agreements.published(
        document["document"], version=document["version"], language=language
    )
    title = document["document"] if text is None else text.title
    return {"title": title, "version": document["version"]}


def _reason(clause: str) -> str:
    """Return why money came back, in one sentence; the clause itself stands in the policy."""
    reasons = {
        "RP-B1": gettext("The number did not work for more than 24 hours."),
        "RP-B2": gettext("The carrier took the number out of service."),
        "RP-B3": gettext("The number could not be provided."),
        "RP-B4": gettext("No SMS was received on the number."),
        "RP-C1": gettext("There was no number of this place to give."),
        "RP-C2": gettext("The number failed through its carrier, and there was no other one."),
    }
    return reasons.get(clause, gettext("Our refund policy grants it."))
