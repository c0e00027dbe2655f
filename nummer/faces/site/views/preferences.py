"""Language and appearance, for visitors too; the page stays the same."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from nummer.faces.site.context import THEMES
from nummer.faces.site.cookies import CHOICE_KEPT, THEME_COOKIE
from nummer.kernel.locale import LANGUAGES


@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Keep the choice in a cookie of our own and go back to the page."""
    answer = HttpResponseRedirect(page_to_return_to(request))
    language, theme = request.POST.get("language"), request.POST.get("theme")
    if language in LANGUAGES:
        keep(answer, settings.LANGUAGE_COOKIE_NAME, language)
    if theme in THEMES:
        keep(answer, THEME_COOKIE, theme)
    elif theme == "system":
        answer.delete_cookie(THEME_COOKIE, samesite="Lax")
    return answer


def page_to_return_to(request: HttpRequest) -> str:
    """Return the page that a form of every page came from, if it is one of ours."""
    wanted = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if safe and wanted.startswith("/") else "/"


def keep(answer: HttpResponse, name: str, value: str) -> None:
    """Keep a choice of the visitor in a cookie of our own."""
    answer.set_cookie(
        name,
        value,
        max_age=CHOICE_KEPT,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
