"""Who hands papers in, by the head of the request: looked at before room is kept for them."""

from __future__ import annotations

from django.http import HttpRequest

from nummer.config.threads import OF_PAGES
from nummer.faces.api import reading
from nummer.faces.api_twilio import views
from nummer.faces.site import requests


def knows(request: HttpRequest) -> bool:
    """Say whether the credentials of a request for papers are somebody's; nothing is counted."""
    if request.path.startswith(OF_PAGES):
        return requests.is_customer(request)
    if request.path.startswith("/api/"):
        return reading.is_program(request)
    return views.is_program(request)
