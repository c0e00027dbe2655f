"""Who of the staff may do what; each view names its roles, and nothing opens without them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, Final, ParamSpec, TypeVar
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
from nummer.apps.cases import actions as cases
from nummer.apps.cases import looking
from nummer.apps.cases.actions import Why
from nummer.faces.backoffice.rights import (
    COMPLIANCE,
    EVERYBODY,
    FINANCE,
    IDENTITY,
    OPERATIONS,
    OWNER,
    RIGHTS,
    SUPPORT,
)
from nummer.kernel import clock
from nummer.kernel.errors import Refusal
from nummer.kernel.paging import Seen

__all__ = [
    "COMPLIANCE",
    "EVERYBODY",
    "FINANCE",
    "IDENTITY",
    "OPERATIONS",
    "OWNER",
    "ROWS_PER_PAGE",
    "SHOWN",
    "SUPPORT",
    "Member",
    "accounts_of",
    "cursor",
    "member",
    "on_the_phone",
    "page_of",
    "place",
    "seen",
    "sentence",
    "staff_only",
]

P = ParamSpec("P")
R = TypeVar("R")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]

ROWS_PER_PAGE: Final = 50
FACTOR_LASTS_S: Final = 10 * 3600  # a working day; then the second factor is asked again
_READING: Final = frozenset({"GET", "HEAD"})
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
    """Open a page for whom the table of `rights` names, after the second factor.

    `roles` may narrow that, never widen it. Visitors are sent to the login; for customers the page
    does not exist (404); another role of the staff is refused (403).
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
            if not _allowed(request, person, roles):
                raise PermissionDenied
            if (step := _missing_reason(request, person, kwargs.get("account_id"))) is not None:
                return step
            setattr(request, "staff_member", person)  # noqa: B010 -- HttpRequest has no such field
            return view(request, *args, **kwargs)

        return answer

    return decorate


def _missing_reason(
    request: HttpRequest, person: Member, account_id: object
) -> HttpResponseBase | None:
    """Return the way to a reason, where support opens an account without a case of it (LD-U2)."""
    if person.role != SUPPORT or not isinstance(account_id, int):
        return None
    if not accounts.known(account_id):
        raise Http404
    if looking.may_look(account_id, actor=person.actor, now=clock.now()):
        return None
    onward = request.get_full_path() if request.method in ("GET", "HEAD") else ""
    query = urlencode({"next": onward})
    return redirect(f"{reverse('backoffice:open-account', args=[account_id])}?{query}")


def _allowed(request: HttpRequest, person: Member, roles: tuple[str, ...]) -> bool:
    """Say whether the table of rights lets a role do this; the view may narrow it."""
    match = request.resolver_match
    right = RIGHTS.get(match.url_name or "") if match is not None else None
    if right is None:  # not in the table yet: what the view names, and nobody where it names none
        return bool(roles) and person.may(roles)
    reading = request.method in _READING
    return right.allows(person.role, reading=reading) and (not roles or person.may(roles))


def _missing_factor(request: HttpRequest) -> HttpResponseBase | None:
    """Return the way to the second factor, where it is not set up or was not asked."""
    if not second_factor().is_mfa_enabled(request.user, [Authenticator.Type.TOTP]):
        return redirect("mfa_activate_totp")
    if any(
        record.get("method") == "mfa" and time.time() - record.get("at", 0) < FACTOR_LASTS_S
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


# What each look shows, by names and never by values.
SHOWN: Final = {
    "view_account": ("balance", "confirmations", "orders", "rented_numbers", "cases"),
    "view_case": ("subject", "sender", "messages", "notes"),
    "view_case_file": ("file",),
    "view_raw_mail": ("mail",),
    "view_order": ("number", "service", "time_line"),
    "view_facts": ("number", "service", "facts", "reports"),
    "view_lease": ("number", "periods", "fees"),
    "view_claim": ("order", "reason", "decision"),
    "preview_claim": ("order", "decision"),
    "view_payments": ("top_ups", "refunds"),
    "view_standing": ("limits", "suspensions"),
    "view_abuse": ("suspicion", "evidence"),
    "invoice_seen": ("invoice",),
    "list_letters": ("letters",),
}


def seen(
    request: HttpRequest,
    *,
    verb: str,
    place: str,
    row: str = "list",
    account_id: int | None = None,
) -> None:
    """Record that a member of the staff looked at customers' data (PP-2.3a).

    Of one customer he reads it in his account, with the names of what was shown (LD-U2).
    """
    if account_id is None and request.resolver_match is not None:
        account_id = request.resolver_match.kwargs.get("account_id")
    audit.record(
        actor=member(request).actor,
        verb=verb,
        place=place,
        row=row,
        account_id=account_id,
        fields=SHOWN.get(verb, ()),
        now=clock.now(),
    )


def sentence(refusal: Refusal) -> str:
    """Return the refusal's sentence with its data, translated."""
    return gettext(refusal.sentence) % refusal.data


def accounts_of(request: HttpRequest) -> list[int] | None:
    """Return the accounts that a list may show to one of the support; None: all, to the others."""
    person = member(request)
    if person.role != SUPPORT:
        return None
    return looking.open_accounts(actor=person.actor, now=clock.now())


def on_the_phone(request: HttpRequest, account_id: int) -> None:
    """Let one of the support look at the account of somebody whom she has on the phone."""
    person = member(request)
    if person.role == SUPPORT and accounts.known(account_id):
        cases.look_by_reason(account_id, why=Why.CALLED, actor=person.actor, now=clock.now())


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
