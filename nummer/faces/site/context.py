"""What every page's template may name."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language

from nummer.apps.agreements.queries import operator
from nummer.faces.site.consent import question, words
from nummer.faces.site.cookies import THEME_COOKIE
from nummer.faces.site.requests import own_account_id
from nummer.faces.site.visits import google_may_count, measures_time, page_class

THEMES: Final = ("light", "dark")


def page(request: HttpRequest) -> dict[str, object]:
    """Return what the frame around every page shows."""
    theme = request.COOKIES.get(THEME_COOKIE, "")
    consent = question(request)
    user = getattr(request, "user", None)
    return {
        "operator": operator(),
        "operator_address": operator().company.address_line(get_language() or "en"),
        "theme": theme if theme in THEMES else "",
        "customer": own_account_id(request) if user is not None else None,
        "staff": bool(user is not None and getattr(user, "staff_role", "")),
        "consent": consent,
        "consent_words": words() if consent.asked else [],
        "measured_page": page_class(request) if measures_time(request) else "",
        "analytics_id": settings.ANALYTICS_ID if google_may_count(request) else "",
        "analytics_page": page_class(request),
        "here": request.get_full_path() if request.method == "GET" else request.path,
        "sandbox": settings.SANDBOX,
    }
