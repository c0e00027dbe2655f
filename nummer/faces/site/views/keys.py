"""Keys of programs: made with an acceptance, shown once, withdrawn at will."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from nummer.apps.accounts import actions as accounts_actions
from nummer.apps.accounts import queries as accounts
from nummer.apps.accounts import rolling
from nummer.apps.accounts.actions import NewKey
from nummer.apps.accounts.errors import (
    BindsNotPossible,
    DialectUnknown,
    NetworksNotReadable,
    OverlapNotPossible,
)
from nummer.apps.accounts.queries import ListedKey
from nummer.apps.accounts.scopes import Scope
from nummer.apps.agreements import actions as agreements_actions
from nummer.apps.agreements import queries as agreements
from nummer.apps.agreements.queries import AcceptedText, Pending, PublishedText
from nummer.apps.notify import security
from nummer.apps.notify.security import Change
from nummer.faces.site.refusals import sentence
from nummer.faces.site.requests import account_id, customers_only
from nummer.kernel import clock
from nummer.kernel.errors import Refusal

SURFACE: Final = "site"
LABEL_LENGTH_MAX: Final = 60
CLASSIC: Final = "classic"
NETWORKS_CHARACTERS_MAX: Final = 2_000
DIGITS_MAX: Final = 4
SCOPE_NAMES: Final = {
    Scope.ORDERS: _("One-time numbers: order, read codes, cancel"),
    Scope.NUMBERS_READ: _("See rented numbers"),
    Scope.NUMBERS_WRITE: _("Rent, change and end numbers"),
    Scope.MESSAGES: _("Read and send SMS"),
    Scope.BALANCE: _("See balance, statement and invoices"),
    Scope.ACCOUNT: _("All else: payments, payouts, papers, messages to us, webhooks"),
}
ENDS: Final = {
    "": _("never"),
    "30": _("in 30 days"),
    "90": _("in 90 days"),
    "365": _("in a year"),
}
OVERLAP_NAMES: Final = {
    int(overlap.total_seconds()): words
    for overlap, words in zip(
        rolling.OVERLAPS,
        (_("at once"), _("in an hour"), _("in a day"), _("in a week")),
        strict=True,
    )
}


@dataclass(frozen=True, slots=True)
class KeyView:
    """A key in the list.

    `outdated` says that it may not buy until its texts are accepted, `announced` from when on.
    """

    key: ListedKey
    outdated: bool
    announced: datetime | None
    may: Sequence[str]
    over: bool
    old_works: bool


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_variables("made")
@customers_only
def keys(request: HttpRequest) -> HttpResponse:
    """List the keys, and make one when the form is sent."""
    customer, now = account_id(request), clock.now()
    if request.method != "POST":
        return _page(request, now=now)
    chosen = request.POST.getlist("scopes")[:20] if _may_be_chosen(request) else []
    if _may_be_chosen(request) and not chosen:
        missing = gettext("Choose at least one thing that the key may do.")
        return _page(request, refused=missing, now=now)
    try:
        made = agreements_actions.create_key(
            account_id=customer,
            label=request.POST.get("label", "").strip()[:LABEL_LENGTH_MAX],
            accepted=_ticked_texts(request),
            surface=SURFACE,
            dialect=request.POST.get("dialect", CLASSIC),
            reads_only=request.POST.get("reads_only") == "yes",
            scopes=chosen,
            expires_at=_end(request, now),
            now=now,
        )
    except Refusal as refusal:
        return _page(request, refused=sentence(refusal), now=now)
    return _page(request, made=made, now=now)


def _may_be_chosen(request: HttpRequest) -> bool:
    return request.POST.get("may") == "chosen"


def _end(request: HttpRequest, now: datetime) -> datetime | None:
    """Return when a new key ends. Refuses: ExpiryNotPossible, for what was not offered."""
    days = request.POST.get("ends", "")
    if not days:
        return None
    return now + timedelta(days=int(days) if days in ENDS else 0)


def _page(
    request: HttpRequest,
    *,
    made: NewKey | None = None,
    rolled: bool = False,
    refused: str = "",
    now: datetime,
) -> HttpResponse:
    customer = account_id(request)
    context = {
        "keys": _listed(customer, now),
        "texts": _texts(now),
        "made": made,
        "rolled": rolled,
        "refused": refused,
        "credentials": accounts.credentials(customer),
        "base_url": settings.ENV.public_url,
        "binds_max": accounts_actions.BINDS_MAX,
        "scopes": [(scope.value, SCOPE_NAMES[scope]) for scope in Scope],
        "ends": ENDS.items(),
        "overlaps": OVERLAP_NAMES.items(),
    }
    return render(request, "site/keys.html", context, status=409 if refused else 200)


def _texts(now: datetime) -> list[PublishedText]:
    language = get_language() or "en"
    return agreements.texts_to_accept(agreements.KEY_DOCUMENTS, language=language, now=now)


def _ticked_texts(request: HttpRequest) -> list[AcceptedText]:
    """Read the texts that stood on the page beside ticked statements."""
    ticked = set(request.POST.getlist("accept")[:10])
    lines = [line.split("|") for line in request.POST.getlist("text")[:10]]
    return [AcceptedText(*line) for line in lines if len(line) == 4 and line[0] in ticked]  # noqa: PLR2004 -- the fields of an AcceptedText


def _listed(customer: int, now: datetime) -> list[KeyView]:
    listed = accounts.keys(customer)
    pending = _pending(customer, [key.id for key in listed if key.revoked_at is None], now)
    return [_view(key, pending.get(key.id, []), now) for key in listed]


def _view(key: ListedKey, pending: Sequence[Pending], now: datetime) -> KeyView:
    coming = [each.text.effective_at for each in pending if not each.due]
    return KeyView(
        key,
        any(each.due for each in pending),
        min(coming, default=None),
        [str(SCOPE_NAMES[scope]) for scope in key.scopes],
        key.expires_at is not None and key.expires_at <= now,
        key.revoked_at is None and key.old_until is not None and key.old_until > now,
    )


def _pending(customer: int, key_ids: Sequence[UUID], now: datetime) -> dict[UUID, list[Pending]]:
    language = get_language() or "en"
    return agreements.pending_of_keys(customer, key_ids=key_ids, language=language, now=now)


@never_cache
@require_POST
@sensitive_variables("made")
@customers_only
def roll(request: HttpRequest, key_id: UUID) -> HttpResponse:
    """Give a key a new secret, shown now and never again, and tell its owner by mail."""
    customer, now = account_id(request), clock.now()
    seconds = request.POST.get("overlap", "")
    overlap = timedelta(seconds=int(seconds) if seconds in map(str, OVERLAP_NAMES) else -1)
    email = accounts.email(customer)
    try:
        with transaction.atomic():
            made = rolling.roll_key(customer, key_id=key_id, overlap=overlap, now=now)
            if email is not None:
                security.tell_change(
                    customer,
                    to=email,
                    change=Change.KEY_ROLLED,
                    language=get_language() or "en",
                    now=now,
                )
    except OverlapNotPossible as refusal:
        return _page(request, refused=sentence(refusal), now=now)
    return _page(request, made=made, rolled=True, now=now)


@require_POST
@customers_only
def revoke(request: HttpRequest, key_id: UUID) -> HttpResponse:
    """Withdraw a key; its programs are refused from now on."""
    accounts_actions.revoke_key(account_id(request), key_id=key_id, now=clock.now())
    messages.success(request, gettext("The key is withdrawn."))
    return redirect("site:keys")


@require_POST
@customers_only
def renew_token(request: HttpRequest) -> HttpResponse:
    """Give the account a new auth_token; the old one ends at once."""
    accounts_actions.renew_auth_token(account_id(request), now=clock.now())
    messages.success(request, gettext("Your auth_token is new. Give it to your programs."))
    return redirect("site:keys")


@require_POST
@customers_only
def set_form(request: HttpRequest, key_id: UUID) -> HttpResponse:
    """Let a key's programs be answered in another form (ADR 90)."""
    try:
        accounts_actions.set_key_dialect(
            account_id(request),
            key_id=key_id,
            dialect=request.POST.get("dialect", ""),
            now=clock.now(),
        )
        messages.success(request, gettext("Saved. The form counts from the next call on."))
    except DialectUnknown as refusal:
        messages.error(request, sentence(refusal))
    return redirect("site:keys")


@require_POST
@customers_only
def set_binds(request: HttpRequest, key_id: UUID) -> HttpResponse:
    """Say from where a key may bind by SMPP, and how often at once (ADR 340)."""
    binds = request.POST.get("binds_max", "").strip()
    try:
        accounts_actions.set_key_limits(
            account_id(request),
            key_id=key_id,
            networks=request.POST.get("networks", "")[:NETWORKS_CHARACTERS_MAX],
            binds_max=_number(binds) if binds else None,
            now=clock.now(),
        )
        saved = gettext("Saved. Programs that are bound by this key bind anew within a minute.")
        messages.success(request, saved)
    except (NetworksNotReadable, BindsNotPossible) as refusal:
        messages.error(request, sentence(refusal))
    return redirect("site:keys")


def _number(text: str) -> int:
    """Return what is written, or a number that is refused."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= DIGITS_MAX else 0


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@customers_only
def accept(request: HttpRequest, key_id: UUID) -> HttpResponse:
    """Accept the texts of a key that have changed, or will."""
    customer, now = account_id(request), clock.now()
    if key_id not in {key.id for key in accounts.keys(customer)}:
        raise Http404
    pending = _pending(customer, [key_id], now)[key_id]
    shown = [each.text for each in pending] or _texts(now)
    refused = ""
    if request.method == "POST":
        texts = _ticked_texts(request)
        try:
            if {text.document for text in shown} <= {text.document for text in texts}:
                agreements_actions.accept(
                    customer, accepted=texts, surface=SURFACE, key_id=key_id, now=now
                )
                due = any(each.due for each in pending)
                again = gettext("Accepted. The key may order again.")
                messages.success(request, again if due else gettext("Accepted. Thank you."))
                return redirect("site:keys")
            refused = gettext("Please read and tick what you accept.")
        except Refusal as refusal:
            refused = sentence(refusal)
    context = {"texts": shown, "refused": refused, "key_id": key_id}
    return render(request, "site/key_accept.html", context, status=409 if refused else 200)
