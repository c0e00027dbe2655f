"""Language and appearance, for visitors too; the page stays the same."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from nummer.faces.site.context import THEMES
from nummer.kernel.locale import LANGUAGES

KEPT: Final = timedelta(days=365)


@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Keep the choice in a cookie of our own and go back to the page."""
    answer = HttpResponseRedirect(_page(request))
    language, theme = request.POST.get("language"), request.POST.get("theme")
    if language in LANGUAGES:
        keep(answer, settings.LANGUAGE_COOKIE_NAME, language)
    if theme in THEMES:
        keep(answer, "theme", theme)
    elif theme == "system":
        answer.delete_cookie("theme", samesite="Lax")
    return answer


def _page(request: HttpRequest) -> str:
    wanted = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if safe and wanted.startswith("/") else "/"


def keep(answer: HttpResponse, name: str, value: str) -> None:
    """Keep a choice of the visitor in a cookie of our own."""
    answer.set_cookie(
        name,
        value,
        max_age=KEPT,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
