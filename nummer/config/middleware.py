"""What happens around every request."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


class RequestId:
    """Gives each request one id."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)
