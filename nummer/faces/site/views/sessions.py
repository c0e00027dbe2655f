"""Where the customer is signed in, and every try to sign in: she sees them and ends sessions."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from nummer.apps.accounts import queries as accounts
from nummer.apps.accounts import sessions as open_sessions
from nummer.faces.site.open_sessions import key_of, owner_of
from nummer.faces.site.requests import account_id, customers_only, only_login, public

TRIES_PER_PAGE: Final = 25


@never_cache
@require_safe
@login_required
def sessions(request: HttpRequest) -> HttpResponse:
    """List the sessions that are open, the one of this browser marked."""
    context = {"sessions": open_sessions.sessions(owner_of(request)), "mine": key_of(request)}
    return render(request, "site/sessions.html", context)


@require_POST
@login_required
@public
def end(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """Sign another browser out."""
    open_sessions.end(owner_of(request), session_id=session_id)
    messages.success(request, gettext("That session is ended."))
    return redirect("site:sessions")


@require_POST
@login_required
def end_others(request: HttpRequest) -> HttpResponse:
    """Sign every browser out but this one."""
    ended = open_sessions.end_others(owner_of(request), key=key_of(request))
    said = ngettext("%(count)d session is ended.", "%(count)d sessions are ended.", ended)
    messages.success(request, said % {"count": ended})
    return redirect("site:sessions")


@never_cache
@require_safe
@customers_only
def sign_ins(request: HttpRequest) -> HttpResponse:
    """List the tries to sign in, good and bad, newest first, page by page (LD-D3)."""
    found = accounts.login_activity(
        account_id(request),
        login_id=only_login(request),
        before=_before(request),
        limit=TRIES_PER_PAGE + 1,
    )
    rows = found[:TRIES_PER_PAGE]
    context = {
        "rows": rows,
        "paged": "before" in request.GET,
        "older": rows[-1].id if len(found) > TRIES_PER_PAGE else None,
        "months": accounts.ACTIVITY_MONTHS,
    }
    return render(request, "site/sign_ins.html", context)


def _before(request: HttpRequest) -> UUID | None:
    """Return the last line of the page before; what is no id means the first page."""
    try:
        return UUID(request.GET.get("before", ""))
    except ValueError:
        return None
