"""Who of the staff may do what; each view names its roles, and nothing opens without them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec, TypeVar
from uuid import UUID

from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.adapter import get_adapter as second_factor
from allauth.mfa.models import Authenticator
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache

from nummer.apps.accounts import queries as accounts
from nummer.apps.audit import actions as audit
from nummer.kernel import clock
from nummer.kernel.errors import Refusal
from nummer.kernel.paging import Seen

P = ParamSpec("P")
R = TypeVar("R")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]

SUPPORT: Final = "support"
FINANCE: Final = "finance"
IDENTITY: Final = "identity"
COMPLIANCE: Final = "compliance"
OPERATIONS: Final = "operations"
OWNER: Final = "owner"
EVERYBODY: Final = (SUPPORT, FINANCE, IDENTITY, COMPLIANCE, OPERATIONS)
ROWS_PER_PAGE: Final = 50
_DIGITS_MAX: Final = 18  # a bigint has up to 19; one less always fits


@dataclass(frozen=True, slots=True)
class Member:
    """The member of the staff who is signed in with both factors."""

    login_id: int
    role: str

    @property
    def actor(self) -> str:
        """Return how the record of deeds names her."""
        return f"staff:{self.login_id}"

    def may(self, roles: tuple[str, ...]) -> bool:
        """Say whether a page for these roles opens; the owner may open all."""
        return self.role == OWNER or self.role in roles


def staff_only(*roles: str) -> Callable[[View[P]], View[P]]:
    """Open a page for these roles and the owner, after the second factor.

    Visitors are sent to the login; for customers the page does not exist (404); another role of
    the staff is refused (403).
    """

    def decorate(view: View[P]) -> View[P]:
        @never_cache
        @wraps(view)
        def answer(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            row = accounts.staff(int(request.user.pk))
            if row is None:
                raise Http404
            if (step := _missing_factor(request)) is not None:
                return step
            person = Member(row.login_id, row.role)
            if not person.may(roles):
                raise PermissionDenied
            setattr(request, "staff_member", person)  # noqa: B010 -- HttpRequest has no such field
            return view(request, *args, **kwargs)

        setattr(answer, "roles", roles)  # noqa: B010 -- read by `may_open` and by a test
        return answer

    return decorate


def _missing_factor(request: HttpRequest) -> HttpResponseBase | None:
    """Return the way to the second factor, where it is not set up or was not asked."""
    if not second_factor().is_mfa_enabled(request.user, [Authenticator.Type.TOTP]):
        return redirect("mfa_activate_totp")
    if any(
        record.get("method") == "mfa"
        for record in get_authentication_records(request, request.user)
    ):
        return None
    query = urlencode({"next": request.get_full_path()})
    return redirect(f"{reverse('mfa_reauthenticate')}?{query}")


def member(request: HttpRequest) -> Member:
    """Return who is signed in; only inside `staff_only`."""
    found = getattr(request, "staff_member", None)
    assert isinstance(found, Member), "staff_only comes first"
    return found


def seen(request: HttpRequest, *, verb: str, place: str, row: str = "list") -> None:
    """Record that a member of the staff looked at customers' data (PP-2.3a)."""
    audit.record(actor=member(request).actor, verb=verb, place=place, row=row, now=clock.now())


def sentence(refusal: Refusal) -> str:
    """Return the refusal's sentence with its data, translated."""
    return gettext(refusal.sentence) % refusal.data


def cursor(request: HttpRequest) -> UUID | None:
    """Return the last id of the page before, where the address names one."""
    try:
        return UUID(request.GET.get("before", ""))
    except ValueError:
        return None


def place(request: HttpRequest, name: str) -> Seen | None:
    """Return the row that the address names as `account.id`, where a list is sorted otherwise."""
    account, _, row = request.GET.get(name, "").partition(".")
    if not (account.isascii() and account.isdigit() and len(account) <= _DIGITS_MAX):
        return None
    try:
        return int(account), UUID(row)
    except ValueError:
        return None


def page_of(rows: Sequence[R]) -> tuple[Sequence[R], R | None]:
    """Return what a page shows of rows that are one more, and its last where there are more."""
    shown = rows[:ROWS_PER_PAGE]
    return shown, shown[-1] if len(rows) > ROWS_PER_PAGE else None


def roles_of(view: Callable[..., Any]) -> tuple[str, ...]:
    """Return the roles that a view names."""
    found: tuple[str, ...] = getattr(view, "roles", ())
    return found
