"""What the views ask of a request: who it is, and the answer where an action refuses."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Concatenate, Final, ParamSpec

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from nummer.faces.site.refusals import NOT_FOUND, sentence
from nummer.faces.site.sessions import SessionStore
from nummer.kernel.errors import Refusal, Unavailable

OWNER: Final = "owner"
P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def account_id(request: HttpRequest) -> int:
    """Return the account of the customer who is signed in. Visitors and staff have none: 403."""
    found = getattr(request.user, "account_id", None)
    if not isinstance(found, int):
        raise PermissionDenied
    return found


def only_login(request: HttpRequest) -> int | None:
    """Return the login whose own lines a member sees; the owner sees those of the account."""
    user = request.user
    return None if getattr(user, "member_role", "") == OWNER else user.pk


def is_customer(request: HttpRequest) -> bool:
    """Say whether a customer's session comes with a request that no middleware has seen."""
    request.session = SessionStore(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
    return isinstance(getattr(get_user(request), "account_id", None), int)


def own_account_id(request: HttpRequest) -> int | None:
    """Return the account of the customer who is signed in, None for everybody else."""
    found = getattr(request.user, "account_id", None)
    return found if isinstance(found, int) else None


def public(view: View[P]) -> View[P]:
    """Make a page for everybody: refusals of the actions below become clear answers."""

    @wraps(view)
    def answer(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except Refusal as refusal:
            if refusal.code in NOT_FOUND:
                raise Http404 from refusal
            return refused(request, refusal)
        except Unavailable:
            return render(request, "503.html", status=503)

    return answer


def customers_only(view: View[P]) -> View[P]:
    """Make a page for customers: visitors are sent to the login, the staff has no such page."""

    @login_required
    @wraps(view)
    def answer(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        account_id(request)
        return public(view)(request, *args, **kwargs)

    return answer


def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """Answer with a page that says the refusal and the way on."""
    context = {"sentence": sentence(refusal), "clause": refusal.clause}
    answer = render(request, "site/refused.html", context, status=HTTPStatus.CONFLICT)
    return told_when(answer, refusal)


def told_when(answer: HttpResponse, refusal: Refusal) -> HttpResponse:
    """Return the answer, as 429 with the time where the refusal says when to try again."""
    seconds = refusal.data.get("retry_after_s")
    if seconds is not None:
        answer.status_code = HTTPStatus.TOO_MANY_REQUESTS
        answer["Retry-After"] = str(seconds)
    return answer
