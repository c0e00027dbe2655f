"""What a browser tells about how long a page was read, after its reader agreed."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from nummer.apps.visits.counting import COUNTER, SECONDS_MAX
from nummer.faces.site.consent import question
from nummer.faces.site.visits import is_page_class


@csrf_exempt  # it changes a sum and nothing of anybody's; foreign pages are kept away below
@require_POST
def time(request: HttpRequest) -> HttpResponse:
    """Add the seconds that a page was open; without a yes in the cookie nothing is read."""
    nothing = HttpResponse(status=HTTPStatus.NO_CONTENT)
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        return nothing
    if not question(request).given:
        return nothing
    page, seconds = request.POST.get("page", ""), request.POST.get("seconds", "")
    most = len(str(SECONDS_MAX))
    if seconds.isascii() and seconds.isdigit() and len(seconds) <= most and is_page_class(page):
        COUNTER.time(page, seconds=int(seconds), first=request.POST.get("first") == "1")
    return nothing
