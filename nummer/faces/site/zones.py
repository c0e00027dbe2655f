"""The zone in which a customer wants times told; without one the browser's own is taken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

_KEY: Final = "zone"  # in the session; other browsers learn it at their next sign-in


def keep_zone(request: HttpRequest, zone: str) -> None:
    """Tell times of this session in a zone from now on; empty: in the browser's."""
    request.session[_KEY] = zone


def own_zone() -> ZoneInfo | None:
    """Return the zone that the reader of this page chose."""
    found = timezone.get_current_timezone()
    return found if isinstance(found, ZoneInfo) and found.key != "UTC" else None


class OwnZone:
    """Tells the times of a page in its reader's zone; comes after the session."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer within the zone that the customer chose, if he did."""
        zone = request.session.get(_KEY, "")
        if not zone:
            return self._get_response(request)
        with timezone.override(ZoneInfo(zone)):
            return self._get_response(request)
