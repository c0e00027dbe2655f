"""A browser's session beside its line in the list of open ones."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final
from uuid import UUID

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from nummer.apps.accounts import sessions
from nummer.kernel import clock

LINE: Final = "open_session"  # in the session: id of the line, key it was seen with, when


def owner_of(request: HttpRequest) -> sessions.Owner:
    """Return who is signed in."""
    assert request.user.is_authenticated, "the view asks for a login"
    return sessions.Owner(request.user.pk, request.user.account_id)


def key_of(request: HttpRequest) -> str:
    """Return the key of this browser's session."""
    return str(request.session.session_key or "")


def begin(request: HttpRequest, *, method: str) -> None:
    """Put a session into the list, once its browser is signed in."""
    now = clock.now()
    session_id = sessions.begin(owner_of(request), visit=_visit(request), method=method, now=now)
    request.session[LINE] = [str(session_id), key_of(request), now.isoformat()]


def end(request: HttpRequest) -> None:
    """Take a session out of the list, before its browser is signed out."""
    line = request.session.get(LINE)
    if line and request.user.is_authenticated:
        sessions.forget(owner_of(request), session_id=UUID(line[0]))


class SeenSessions:
    """Notes when and from where a session is used, at most once in SEEN_EVERY."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer as ever; afterwards the key is the one that the browser has from now on."""
        answer = self._get_response(request)
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            _see(request)
        return answer


def _see(request: HttpRequest) -> None:
    line = request.session.get(LINE) if request.session.accessed else None
    if not line:
        return
    session_id, key, seen_at = line
    now = clock.now()
    fresh = now - datetime.fromisoformat(seen_at) < sessions.SEEN_EVERY
    if (fresh and key == key_of(request)) or not request.user.is_authenticated:
        return
    visit = _visit(request)
    sessions.see(owner_of(request), session_id=UUID(session_id), visit=visit, now=now)
    request.session[LINE] = [session_id, key_of(request), now.isoformat()]


def _visit(request: HttpRequest) -> sessions.Visit:
    ours = get_adapter()
    return sessions.Visit(
        key=key_of(request),
        ip=ours.get_client_ip(request),
        agent=ours.get_http_user_agent(request),
    )
