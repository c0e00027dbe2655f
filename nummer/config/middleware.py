"""What happens around every page's request."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

from nummer.config import logs


class RequestId:
    """Gives a request an id where the port has not done so, as in a test's client."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer with the id bound to every log line and every job of this request."""
        if "request_id" in structlog.contextvars.get_contextvars():
            return self._get_response(request)
        with structlog.contextvars.bound_contextvars(request_id=logs.request_id(None)):
            return self._get_response(request)
