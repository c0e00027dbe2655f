"""Our published documents with all their versions, open to everybody."""

from __future__ import annotations

import re
from typing import Final

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from nummer.apps.agreements import queries as agreements
from nummer.faces.site.documents import as_html
from nummer.faces.site.requests import public
from nummer.kernel import clock

DOCUMENTS: Final = agreements.DOCUMENTS
_VERSION: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


@require_safe
@public
def index(request: HttpRequest) -> HttpResponse:
    """List the documents with all their versions, newest first."""
    listed = [(document, agreements.versions(document)) for document in DOCUMENTS]
    return render(request, "site/documents.html", {"listed": listed})


@require_safe
@public
def show(request: HttpRequest, document: str, version: str | None = None) -> HttpResponse:
    """Show a document as it is in force, or one version of the archive."""
    if document not in DOCUMENTS or (version is not None and not _VERSION.fullmatch(version)):
        raise Http404
    language, now = get_language() or "en", clock.now()
    current = agreements.in_force(document, language=language, now=now)
    text = current
    if version is not None and version != current.version:
        past = agreements.published(document, version=version, language=language)
        if past is None:
            raise Http404
        text = past
    context = {
        "text": text,
        "body": as_html(text.text),
        "current": current,
        "versions": agreements.versions(document),
    }
    return render(request, "site/document.html", context)


@require_safe
def icon(request: HttpRequest) -> HttpResponse:
    """Lead browsers that ask at the old address to our icon."""
    return redirect(static("site/icon.svg"))


@require_safe
@public
def contact(request: HttpRequest) -> HttpResponse:
    """Show how to reach the operator, and who that is."""
    return render(request, "site/contact.html")
