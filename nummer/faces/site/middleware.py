"""The last net: what a login library or a view did not answer itself becomes a clear page."""

from __future__ import annotations

import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from allauth.core.exceptions import RateLimited
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from nummer.faces.site.requests import refused
from nummer.kernel.errors import Refusal, Unavailable

# Browsers also name Norwegian as a whole (no) or its other written form (nn).
_NORWEGIAN: Final = re.compile(r"\b(?:no|nn)\b(?=\s*(?:[-;,]|$))", re.IGNORECASE)
WAIT_S: Final = 60  # the login library counts tries by the minute


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
