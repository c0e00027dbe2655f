"""Which answers count as a visit, under which kind of page, and what a page may load for it."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache
from http import HTTPStatus
from typing import Final

from crawleruseragents import is_crawler
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, get_resolver

from nummer.apps.visits.counting import COUNTER
from nummer.faces.site.consent import question
from nummer.faces.site.requests import own_account_id
from nummer.policy.clause import clause

AGENTS_REMEMBERED: Final = 256
_PART: Final = re.compile(r"<(?:\w+:)?(\w+)>")
_COUNTED: Final = (None, "site")  # the login library's pages have no namespace
_NEVER: Final = ("sandbox/", "staff/")
# Read by everybody, with no word in the address that concerns a person.
_OPEN: Final = frozenset(
    {
        "services",
        "service",
        "numbers",
        "numbers-country",
        "numbers-city",
        "status",
        "help",
        "help-topic",
        "documents",
        "document",
        "document-version",
        "contact",
        "cookies",
    }
)
_GOOGLE: Final = {
    "script-src": ["https://www.googletagmanager.com"],
    "img-src": ["https://*.google-analytics.com", "https://*.googletagmanager.com"],
    "connect-src": [
        "https://*.google-analytics.com",
        "https://*.analytics.google.com",
        "https://*.googletagmanager.com",
    ],
}


class CountVisits:
    """Counts a page that a person read; adds nothing to an answer but what its reader allowed."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, then count; an addition in memory (ADR 421)."""
        answer = self._get_response(request)
        page = page_class(request)
        if page and _is_read(request, answer):
            COUNTER.view(page)
        if google_may_count(request):
            answer._csp_update = _GOOGLE  # type: ignore[attr-defined]  # noqa: SLF001 -- django-csp's way
        return answer


def page_class(request: HttpRequest) -> str:
    """Return the kind of page, such as /services/{code}/; empty for what is not counted."""
    match = request.resolver_match
    if match is None or match.route.startswith(_NEVER):
        return ""
    if (match.namespace or None) not in _COUNTED:
        return ""
    return _named(match.route, match.url_name or "")


def is_page_class(name: str) -> bool:
    """Tell whether there is such a kind of page."""
    return name in _page_classes()


def measures_time(request: HttpRequest) -> bool:
    """Tell whether a page may measure how long it is read: its reader agreed, and is no staff."""
    return question(request).given and not _is_staff(request) and bool(page_class(request))


@clause(
    "PP-3.1b",
    quote="Visits are counted by our own counter without profiles; a counter of another company "
    "runs only if you agree.",
)
def google_may_count(request: HttpRequest) -> bool:
    """Tell whether a page may load Google Analytics.

    The operator switched it on, the reader agreed, nobody is signed in, and the page is one
    whose address says nothing about anybody.
    """
    match = request.resolver_match
    return (
        bool(settings.ANALYTICS_ID)
        and match is not None
        and match.namespace == "site"
        and match.url_name in _OPEN
        and question(request).given
        and not _is_staff(request)
        and own_account_id(request) is None
    )


def _is_read(request: HttpRequest, answer: HttpResponse) -> bool:
    return (
        request.method == "GET"
        and answer.status_code == HTTPStatus.OK
        and answer.get("Content-Type", "").startswith("text/html")
        and "HX-Request" not in request.headers
        and "prefetch" not in request.headers.get("Sec-Purpose", "")
        and request.headers.get("Sec-Fetch-Dest", "document") == "document"
        and not _is_robot(request.headers.get("User-Agent", "")[:400])
        and not _is_staff(request)
    )


def _is_staff(request: HttpRequest) -> bool:
    return bool(getattr(getattr(request, "user", None), "staff_role", ""))


@lru_cache(AGENTS_REMEMBERED)
def _is_robot(agent: str) -> bool:
    return not agent or is_crawler(agent)


@cache
def _page_classes() -> frozenset[str]:
    found = set()
    for part in get_resolver().url_patterns:
        if isinstance(part, URLResolver) and part.namespace in _COUNTED:
            found |= {
                _named(f"{part.pattern}{each.pattern}", each.name or "")
                for each in part.url_patterns
                if isinstance(each, URLPattern)
            }
    return frozenset(found - {""})


def _named(route: str, name: str) -> str:
    if "(" in route or "^" in route:  # an expression of the login library
        return name[:100]
    return "/" + _PART.sub(r"{\1}", route)[:99]
