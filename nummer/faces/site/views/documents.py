"""Our published documents with all their versions, open to everybody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from babel.dates import get_timezone_name
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from nummer.apps.agreements import queries as agreements
from nummer.apps.agreements.queries import PublishedText
from nummer.faces.site.differences import differences
from nummer.faces.site.documents import as_html
from nummer.faces.site.requests import public
from nummer.kernel import clock
from nummer.policy.clause import clause

DOCUMENTS: Final = agreements.DOCUMENTS


@require_safe
@public
def index(request: HttpRequest) -> HttpResponse:
    """List the documents with all their versions, newest first."""
    language, now = get_language() or "en", clock.now()
    listed = [(document, _archive(document, language=language, now=now)) for document in DOCUMENTS]
    return render(request, "site/documents.html", {"listed": listed})


@dataclass(frozen=True, slots=True)
class Shelved:
    """A version in the archive: `state` is coming, current or past; `before` what it replaced."""

    text: PublishedText
    state: str
    before: str


def _archive(document: str, *, language: str, now: datetime) -> list[Shelved]:
    """Return every version of a document, newest first."""
    texts = agreements.versions(document, language=language)
    current = next((text for text in texts if text.is_in_force(now=now)), None)
    before = [text.version for text in texts[1:]] + [""]
    return [
        Shelved(text, _state(text, current, now), replaced)
        for text, replaced in zip(texts, before, strict=True)
    ]


def _state(text: PublishedText, current: PublishedText | None, now: datetime) -> str:
    if not text.is_in_force(now=now):
        return "coming"
    return "current" if text == current else "past"


@require_safe
@public
def show(request: HttpRequest, document: str, version: str | None = None) -> HttpResponse:
    """Show a document as it is in force, or one version of the archive."""
    language, now = get_language() or "en", clock.now()
    if document not in DOCUMENTS:
        raise Http404
    archive = _archive(document, language=language, now=now)
    shown = [
        each
        for each in archive
        if (each.state == "current" if version is None else each.text.version == version)
    ]
    if not shown:
        raise Http404
    context = {
        "shelved": shown[0],
        "text": shown[0].text,
        "body": as_html(shown[0].text.text),
        "archive": archive,
    }
    return render(request, "site/document.html", context)


@require_safe
@public
def compare(request: HttpRequest, document: str, older: str, newer: str) -> HttpResponse:
    """Show what changed from one version to a later one."""
    language = get_language() or "en"
    if document not in DOCUMENTS or older >= newer:
        raise Http404
    before, after = (
        agreements.published(document, version=version, language=language)
        for version in (older, newer)
    )
    if before is None or after is None:
        raise Http404
    found = differences(before.text, after.text, language=language)
    context = {
        "before": before,
        "after": after,
        "differences": found,
        "changes": sum(1 for each in found if each.kind != "same"),
    }
    return render(request, "site/differences.html", context)


@require_safe
def icon(request: HttpRequest) -> HttpResponse:
    """Lead browsers that ask at the old address to our icon."""
    return redirect(static("site/icon.svg"))


@require_safe
@public
@clause(
    "PP-6.1b",
    quote="by phone on {operator_phone}, by e-mail to {operator_email} or on the page of the order",
)
def contact(request: HttpRequest) -> HttpResponse:
    """Show how to reach the operator, who that is, and who watches over him."""
    language = get_language() or "en"
    found = agreements.operator()
    context = {
        "hours": [opening.said(language) for opening in found.hours],
        "zone": get_timezone_name(found.zone, locale=language),
        "address": found.company.address_lines(language),
        "group": [(company, company.address_line(language)) for company in found.group],
    }
    return render(request, "site/contact.html", context)
