"""How our services are used, and who can use them: short texts of our own, by language.

`nummer/faces/site/help` holds a text for each topic, `statements` what we say about the site.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from nummer.faces.site.documents import as_html
from nummer.faces.site.requests import public
from nummer.kernel.locale import LANGUAGES

TEXTS: Final = Path(__file__).resolve().parents[1] / "help"
STATEMENTS: Final = TEXTS.with_name("statements")
TOPICS: Final = ("one-time", "rented", "sending", "money", "papers", "api")


@require_safe
@public
def index(request: HttpRequest) -> HttpResponse:
    """List what is explained."""
    topics = [(topic, title(topic, language=_language())) for topic in TOPICS]
    return render(request, "site/help.html", {"topics": topics})


@require_safe
@public
def show(request: HttpRequest, topic: str) -> HttpResponse:
    """Show one text in the language of the reader."""
    if topic not in TOPICS:
        raise Http404
    language = _language()
    context = {
        "title": title(topic, language=language),
        "body": as_html(text(topic, language=language)),
    }
    return render(request, "site/help_topic.html", context)


@require_safe
@public
def accessibility(request: HttpRequest) -> HttpResponse:
    """Show how far everybody can use the site, what is missing and whom to tell."""
    written = statement("accessibility", language=_language())
    context = {"title": heading(written), "body": as_html(written), "alone": True}
    return render(request, "site/help_topic.html", context)


@cache
def statement(name: str, *, language: str) -> str:
    """Return a statement as it was written; only names and languages of ours come here."""
    return (STATEMENTS / language / f"{name}.md").read_text(encoding="utf-8")


@cache
def text(topic: str, *, language: str) -> str:
    """Return a text as it was written; only topics and languages of ours come here."""
    return (TEXTS / language / f"{topic}.md").read_text(encoding="utf-8")


def title(topic: str, *, language: str) -> str:
    """Return the heading that a text begins with."""
    return heading(text(topic, language=language))


def heading(written: str) -> str:
    """Return the first line of a text, which is its heading."""
    return written.partition("\n")[0].removeprefix("# ")


def _language() -> str:
    language = get_language()
    return language if language in LANGUAGES else "en"
