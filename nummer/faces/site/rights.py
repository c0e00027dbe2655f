"""Which member of an account may see and do what: one table behind pages, menu and docs.

Each line is an address of `urls` by its name; the owner may do all. Pages of everybody, to which
no account is needed, stand in `PUBLIC`. What stands in neither is closed to everybody but the
owner, and fails a test (ADR 432).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from nummer.apps.accounts import deeds
from nummer.faces.site.requests import OWNER
from nummer.kernel import clock

Roles = tuple[str, ...]
ADMINISTRATOR: Final = "administrator"
DEVELOPER: Final = "developer"
BILLING: Final = "billing"
READER: Final = "reader"
ROLES: Final = (ADMINISTRATOR, DEVELOPER, BILLING, READER)
# What is a member's own; no log tells others of it.
OWN: Final = (
    "account",
    "sessions",
    "session-end",
    "sessions-end-others",
    "sign-ins",
    "member-leave",
)
_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})

_NOBODY: Final[Roles] = ()
_ADMIN: Final = (ADMINISTRATOR,)
_CODE: Final = (ADMINISTRATOR, DEVELOPER)
_MONEY: Final = (ADMINISTRATOR, BILLING)
_CONTENT: Final = (ADMINISTRATOR, DEVELOPER, READER)  # who reads SMS


@dataclass(frozen=True, slots=True)
class Right:
    """Who, beside the owner, may open an address (`see`) and send it a form (`do`)."""

    see: Roles
    do: Roles


def _lines(see: Roles, do: Roles, *names: str) -> dict[str, Right]:
    return dict.fromkeys(names, Right(see, do))


RIGHTS: Final[dict[str, Right]] = {
    # numbers and orders
    **_lines(ROLES, _CODE, "order", "rent", "my-number", "my-number-end"),
    **_lines(_CODE, _CODE, "my-number-back", "my-number-fee", "my-number-other", "offered"),
    **_lines(_CODE, _CODE, "my-number-report", "my-number-affected", "port-out"),
    **_lines(_CODE, _CODE, "port-out-code", "port-out-withdraw"),
    **_lines(_MONEY, (*_MONEY, DEVELOPER), "my-number-pay"),
    **_lines(_MONEY, _MONEY, "my-number-pay-out"),
    **_lines(_ADMIN, _ADMIN, "hand-over", "hand-over-confirm", "hand-over-withdraw"),
    **_lines(ROLES, _NOBODY, "my-numbers", "my-number-summary"),
    **_lines(_CONTENT, _NOBODY, "orders", "orders-export"),  # codes stand there
    **_lines(_CONTENT, _NOBODY, "order-detail", "order-by-id", "order-timeline", "order-line"),
    **_lines(_CODE, _CODE, "cancel", "another", "finish", "report"),
    **_lines(_CONTENT, _NOBODY, "inbox", "sms-price", "conversation-export"),
    **_lines(_CONTENT, _CODE, "conversation", "inbox-settings"),
    **_lines(_CODE, _CODE, "sms-new", "sms-delete"),
    # contracts: what ends or withdraws from one
    **_lines(ROLES, _ADMIN, "end-contract", "withdraw"),  # every page's foot leads there
    **_lines(_ADMIN, _ADMIN, "claim-confirm", "papers"),
    **_lines(_ADMIN, _ADMIN, "decisions", "decision-object", "account-accept"),
    # money
    **_lines((*_MONEY, READER), _NOBODY, "balance", "statement", "statement-export", "invoices"),
    **_lines((*_MONEY, READER), _NOBODY, "invoice"),
    **_lines(_MONEY, _MONEY, "top-up", "top-up-state", "transfer", "automatic", "automatic-stop"),
    **_lines(_MONEY, _MONEY, "voucher", "balance-low", "invoice-details", "tax-number"),
    **_lines(_MONEY, _MONEY, "payouts", "payout", "payout-choose", "account-spending"),
    # programs
    **_lines(
        _CODE, _CODE, "keys", "key-revoke", "key-form", "key-binds", "token-renew", "key-roll"
    ),
    **_lines(_CODE, _CODE, "key-accept", "hooks", "hook", "hook-change", "hook-secret"),
    **_lines(_CODE, _CODE, "hook-delivery", "sub-accounts", "sub-account", "sub-account-token"),
    # the account and those who work in it
    **_lines(_ADMIN, _ADMIN, "account-details", "account-history", "account-language"),
    **_lines(_ADMIN, _ADMIN, "looks", "letters", "letter", "letters-confirm"),
    **_lines(_NOBODY, _NOBODY, "consents", "consents-agree", "consents-withdraw"),
    **_lines(_NOBODY, _NOBODY, "consents-object", "consents-channel", "consents-profile"),
    **_lines(ROLES, ROLES, "cases", "case", "case-file", "case-close"),
    **_lines(_ADMIN, _ADMIN, "case-confirm", "members", "member-role", "member-remove"),
    **_lines(_ADMIN, _ADMIN, "member-invite", "invitation-withdraw", "members-log"),
    **_lines(_NOBODY, _NOBODY, "member-hand-over"),
    # everybody's own login
    **_lines(ROLES, ROLES, *OWN),
}
PUBLIC: Final = frozenset(
    {
        "",  # pages of numbers once more, with their language in the address
        *("services", "service", "numbers", "numbers-country", "numbers-city", "status"),
        *("carrier", "carrier-leave", "help", "help-topic", "sitemap", "robots", "icon"),
        *("documents", "document", "document-version", "document-differences", "contact"),
        "accessibility",
        *("cookies", "cookies-answer", "visits-time", "preferences", "abuse", "abuse-received"),
        # a link of a mail says who comes
        *("unsubscribe", "consents-confirm", "letters-confirmed", "how-it-went", "affected"),
        *("end-contract-received", "end-contract-confirm", "join"),
        *("withdraw-received", "withdraw-confirm", "email-back"),
    }
)
# Pages of the login library that change what only the owner has: the account's phone.
_OWNERS: Final = frozenset({"account_change_phone"})
_OURS: Final = "site"


def may(role: str, name: str, *, reading: bool = True) -> bool:
    """Say whether a member with a role may open an address of the site, or send it a form."""
    if role == OWNER or name in PUBLIC:
        return True
    right = RIGHTS.get(name)
    return right is not None and role in (right.see if reading else right.do)


class MembersRights:
    """Lets a member do what his role may, and writes what he does into the account's log."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer; then say in the log how it went."""
        answer = self._get_response(request)
        begun: tuple[int, UUID] | None = getattr(request, "begun_deed", None)
        if begun is not None:
            done = answer.status_code < HTTPStatus.BAD_REQUEST
            deeds.finish(begun[0], deed_id=begun[1], done=done)
        return answer

    def process_view(
        self, request: HttpRequest, _view: object, _args: object, kwargs: dict[str, object]
    ) -> HttpResponse | None:
        """Refuse what the table does not let this member do. Raises PermissionDenied."""
        match = request.resolver_match
        if match is None or settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return None
        ours, name = match.namespace == _OURS, match.url_name or ""
        if not ours and name not in _OWNERS:
            return None
        role = getattr(request.user, "member_role", "")
        if not role:
            return None
        reading = request.method in _READING
        if not (may(role, name, reading=reading) if ours else role == OWNER):
            raise PermissionDenied
        if ours and not reading and name not in (*PUBLIC, *OWN):
            _begin(request, name, kwargs)
        return None


def _begin(request: HttpRequest, name: str, kwargs: dict[str, object]) -> None:
    user = request.user
    assert user.is_authenticated, "who has a role is signed in"
    assert user.account_id is not None, "who has a role has an account"
    subject = " ".join(str(value) for key, value in kwargs.items() if key != "token")
    deed_id = deeds.begin(
        user.account_id, login_id=user.pk, page=name, subject=subject, now=clock.now()
    )
    request.begun_deed = (user.account_id, deed_id)  # type: ignore[attr-defined]  # ours
