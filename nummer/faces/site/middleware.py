"""The last net: what a login library or a view did not answer itself becomes a clear page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Final

import structlog
from allauth.core.exceptions import RateLimited
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from nummer.apps.payments.errors import CardDataRefused
from nummer.faces.site.cookies import keeps_the_register
from nummer.faces.site.requests import refused
from nummer.kernel.errors import Refusal, Unavailable
from nummer.kernel.redact import holds_number
from nummer.policy.clause import clause

# Browsers also name Norwegian as a whole (no) or its other written form (nn).
_NORWEGIAN: Final = re.compile(r"\b(?:no|nn)\b(?=\s*(?:[-;,]|$))", re.IGNORECASE)
# Callbacks are JSON, the sandbox plays others, and cases refuse by themselves.
_ELSEWHERE: Final = ("/payments/", "/sandbox/", "/cases/", "/abuse/", "/agent/")
_NOT_WORDS: Final = frozenset({"csrfmiddlewaretoken", "key", "code", "phone"})
_log = structlog.get_logger(__name__)
WAIT_S: Final = 60  # the login library counts tries by the minute


class KnownCookies:
    """Lets no cookie leave that is not in the register; comes before whatever sets one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    @clause(
        "PP-1.3",
        quote="Cookies that are not necessary are set only after you agree, and saying no is as "
        "easy as saying yes.",
    )
    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Take out what is not registered, or lives longer than it says there."""
        answer = self._get_response(request)
        for name in [each.key for each in answer.cookies.values() if not keeps_the_register(each)]:
            del answer.cookies[name]
            report_unknown_cookie()
        return answer


def report_unknown_cookie() -> None:
    """Say that a program of ours tried to set a cookie which is not in the register."""
    _log.error("cookie without an entry in the register")


class NorwegianReaders:
    """Gives readers of any Norwegian the Norwegian pages; comes before Django's own choice."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Read `no` and `nn` as `nb`."""
        wanted = request.META.get("HTTP_ACCEPT_LANGUAGE")
        if wanted:
            request.META["HTTP_ACCEPT_LANGUAGE"] = _NORWEGIAN.sub("nb", wanted)
        return self._get_response(request)


class NoPaymentNumbers:
    """Refuses forms in which somebody typed the number of a card or a bank account (PP-2.3b).

    Nothing of the form is kept or logged. Forms of cases name the field themselves.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer as ever; what is typed is looked at once the form's token is known to be ours."""
        return self._get_response(request)

    def process_view(
        self, request: HttpRequest, _view: object, _args: object, _kwargs: object
    ) -> HttpResponse | None:
        """Refuse before any view reads the form."""
        if request.method != "POST" or request.path.startswith(_ELSEWHERE):
            return None
        if any(_typed(name) and holds_number(str(text)) for name, text in _fields(request)):
            return refused(request, CardDataRefused())
        return None


def _fields(request: HttpRequest) -> Iterator[tuple[str, str | bytes]]:
    for name, texts in request.POST.lists():
        yield from ((name, text) for text in texts)


def _typed(name: str) -> bool:
    """Tell whether a field is one that people write words into."""
    return not (name in _NOT_WORDS or name.startswith("password"))


class ClearAnswers:
    """Turns refusals, full counters and absent suppliers into pages."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Name a time wherever the answer is to wait."""
        answer = self._get_response(request)
        if answer.status_code == HTTPStatus.TOO_MANY_REQUESTS and "Retry-After" not in answer:
            answer["Retry-After"] = str(WAIT_S)
        return answer

    def process_exception(self, request: HttpRequest, mistake: Exception) -> HttpResponse | None:
        """Answer what is expected to happen; everything else is a mistake of ours (500)."""
        match mistake:
            case RateLimited():
                return render(request, "429.html", status=HTTPStatus.TOO_MANY_REQUESTS)
            case Refusal():
                return refused(request, mistake)
            case Unavailable() | OperationalError() | InterfaceError():  # away, or its disk is full
                return render(request, "503.html", status=HTTPStatus.SERVICE_UNAVAILABLE)
            case _:
                return None
