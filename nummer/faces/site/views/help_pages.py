"""How our services are used, in short texts of our own: `nummer/faces/site/help`, by language."""

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


@cache
def text(topic: str, *, language: str) -> str:
    """Return a text as it was written; only topics and languages of ours come here."""
    return (TEXTS / language / f"{topic}.md").read_text(encoding="utf-8")


def title(topic: str, *, language: str) -> str:
    """Return the heading that a text begins with."""
    return text(topic, language=language).partition("\n")[0].removeprefix("# ")


def _language() -> str:
    language = get_language()
    return language if language in LANGUAGES else "en"
