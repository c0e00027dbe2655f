"""What every address has in common: the credential, the limit of calls, refusals as JSON."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, auto
from math import ceil
from typing import Final
from uuid import UUID

from django.core.exceptions import SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from nummer.apps.accounts import admission, sub_accounts
from nummer.apps.accounts import queries as accounts
from nummer.apps.accounts.errors import KeyLacksScope
from nummer.apps.leases.held import Part
from nummer.faces.api_twilio import words
from nummer.faces.api_twilio.call import Answerer, Call
from nummer.faces.api_twilio.errors import (
    CallsTooMany,
    MethodNotOffered,
    NotAuthenticated,
    NotForSubAccounts,
    NothingHere,
    ParameterMalformed,
    RequestUnreadable,
)
from nummer.faces.api_twilio.parameters import BODY_BYTES_MAX, read_parameters
from nummer.faces.api_twilio.scopes import scope_of
from nummer.faces.api_twilio.sids import KEY, id_in
from nummer.kernel import clock
from nummer.kernel.errors import Refusal, Unavailable
from nummer.kernel.limits import PROGRAMS

_ACCOUNT: Final = re.compile(r"AC[0-9a-f]{32}", re.ASCII)
_BASIC: Final = re.compile(r"Basic +([A-Za-z0-9+/=]{1,600})", re.IGNORECASE)
_IDEMPOTENCY_KEY: Final = re.compile(r"[\x21-\x7e]{0,255}")
_KEY_HEADERS: Final = ("Idempotency-Key", "I-Twilio-Idempotency-Token")
_OWN: Final = "/twilio"  # the prefix under which every path of the dialect stands, too

View = Callable[..., HttpResponse]


@dataclass(frozen=True, slots=True)
class _Holder:
    """Whose credential was sent: a main token, a key, or the token of a sub-account."""

    account_id: int
    account_sid: str
    key_id: UUID | None = None
    sub_account_id: UUID | None = None


class Reach(Enum):
    """What an address answers about, where accounts have sub-accounts (ADR 433)."""

    OWN = auto()  # the caller's own account; no sub-account's token gets in
    PART = auto()  # the account that the path names: the caller's own or a sub-account of his
    DIRECTORY = auto()  # accounts themselves: any SID of the path comes as `account_sid`


def address(
    *, longest: int = BODY_BYTES_MAX, reach: Reach = Reach.OWN, **answerers: Answerer
) -> View:
    """Return the view of an address: an answerer for each method that it offers.

    A form with files may have `longest` octets.
    """

    @csrf_exempt
    def view(request: HttpRequest, **path: str) -> HttpResponse:
        try:
            return _answer(request, answerers, path, longest=longest, reach=reach)
        except Refusal as refusal:
            return words.answer(refusal, offered=tuple(answerers))
        except SuspiciousOperation:
            return words.answer(RequestUnreadable())
        except (Unavailable, OperationalError, InterfaceError):
            return words.unavailable()

    return view


def _answer(
    request: HttpRequest,
    answerers: dict[str, Answerer],
    path: dict[str, str],
    *,
    longest: int,
    reach: Reach,
) -> HttpResponse:
    call = _call(request, longest)
    if reach is not Reach.DIRECTORY:
        call = _of_part(call, named=path.pop("account_sid", call.account_sid))
        if reach is Reach.OWN and call.part.sub_account_id is not None:
            raise NotForSubAccounts
    answerer = answerers.get(request.method or "")
    if answerer is None:
        raise MethodNotOffered
    return answerer(call, **{name: value for name, value in path.items() if value is not None})


def _of_part(call: Call, *, named: str) -> Call:
    """Return the call as one about the account that it names.

    Refuses: NothingHere, NoSuchSubAccount (a stranger's is not there at all).
    """
    if named == call.account_sid:
        return call
    if call.by_sub_account or call.key_id is not None:
        raise NothingHere
    below = sub_accounts.named(call.account_id, sid=named)
    return replace(call, account_sid=below.sid, part=Part(below.id))


def _nothing_here(call: Call, **path: str) -> HttpResponse:
    del call, path
    raise NothingHere


nothing_here: Final = address(
    GET=_nothing_here, POST=_nothing_here, DELETE=_nothing_here, PUT=_nothing_here
)


def is_program(request: HttpRequest) -> bool:
    """Say whether somebody's credential comes with a request, and counts no call."""
    try:
        _holder(request, clock.now())
    except (NotAuthenticated, KeyLacksScope):
        return False
    return True


def _call(request: HttpRequest, longest: int) -> Call:
    """Return the call that was sent.

    Refuses: NotAuthenticated, KeyLacksScope, CallsTooMany, ParameterMalformed, RequestUnreadable.
    """
    now = clock.now()
    holder = _holder(request, now)
    wait_s = PROGRAMS.wait_s(("twilio", holder.account_sid, holder.key_id))
    if wait_s:
        raise CallsTooMany(retry_after_s=ceil(wait_s))
    key = _idempotency_key(request)
    prefix = _OWN if request.path.startswith(f"{_OWN}/") else ""
    return Call(
        account_id=holder.account_id,
        account_sid=holder.account_sid,
        key_id=holder.key_id,
        parameters=read_parameters(request, longest=longest),
        path=request.path.removeprefix(prefix),
        query=request.META.get("QUERY_STRING", ""),
        root=f"{request.scheme}://{request.get_host()}{prefix}",
        idempotency_key=key,
        now=now,
        by_sub_account=holder.sub_account_id is not None,
        part=Part(holder.sub_account_id),
    )


def _idempotency_key(request: HttpRequest) -> str:
    """Return the caller's own key, in either of two headers. Refuses: ParameterMalformed."""
    found = ""
    for name in _KEY_HEADERS:
        key = request.headers.get(name, "")
        if not _IDEMPOTENCY_KEY.fullmatch(key) or (found and key not in ("", found)):
            raise ParameterMalformed(name=name)
        found = found or key
    return found


def _holder(request: HttpRequest, now: datetime) -> _Holder:
    """Return whose credential was sent. Refuses: NotAuthenticated, KeyLacksScope."""
    user, secret = _credential(request)
    if _ACCOUNT.fullmatch(user):
        found = accounts.sid_holder(user, auth_token=secret)
        if found is not None:
            return _Holder(found, user)
        below = sub_accounts.holder(user, token=secret)
        if below is not None:
            account_id, sub_account_id = below
            return _Holder(account_id, user, sub_account_id=sub_account_id)
    elif user.startswith(KEY):
        return _holder_of_key(request, user, secret, now)
    raise NotAuthenticated


def _holder_of_key(request: HttpRequest, user: str, secret: str, now: datetime) -> _Holder:
    holder = admission.admit(secret, address=admission.address_of(request), now=now)
    try:
        named = id_in(KEY, user)
    except NothingHere:
        raise NotAuthenticated from None
    if holder is None or holder.id != named:
        raise NotAuthenticated
    holder.require(scope_of(request.path, method=request.method or ""))
    return _Holder(holder.account_id, accounts.account(holder.account_id).sid, holder.id)


def _credential(request: HttpRequest) -> tuple[str, str]:
    """Return user and password of HTTP Basic (RFC 7617). Refuses: NotAuthenticated."""
    sent = _BASIC.fullmatch(request.headers.get("Authorization", ""))
    if sent is None:
        raise NotAuthenticated
    try:
        user, colon, secret = base64.b64decode(sent[1], validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise NotAuthenticated from None
    if not colon or not secret or "\x00" in secret:
        raise NotAuthenticated
    return user, secret
