"""Numbers by the month: what is free, renting one, and everything its holder does with it."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from typing import Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from nummer.apps.accounts import queries as accounts
from nummer.apps.agreements import queries as agreements
from nummer.apps.catalogue import queries as catalogue
from nummer.apps.catalogue.errors import NoPrice
from nummer.apps.catalogue.leasing import LeaseQuote, lease_quote
from nummer.apps.leases import actions as leases
from nummer.apps.leases import queries
from nummer.apps.leases.errors import NoSuchLease
from nummer.apps.leases.leaving import REASONS
from nummer.apps.leases.queries import LISTED_MAX, FreeNumber, LeaseRow, PeriodRow
from nummer.apps.leases.searching import KINDS
from nummer.apps.refunds import actions as refunds
from nummer.apps.refunds import queries as decisions
from nummer.apps.webhooks.actions import rotate_hook_secret, set_lease_hook
from nummer.apps.webhooks.actions.hooks import METHODS
from nummer.apps.webhooks.errors import NoSuchEndpoint
from nummer.apps.webhooks.kinds import Purpose
from nummer.apps.webhooks.queries import LeaseHook, lease_hooks
from nummer.faces.api.errors import FieldMalformed
from nummer.faces.api.hooks import URL_LENGTH_MAX
from nummer.faces.api.orders import SURFACE
from nummer.faces.api.reading import (
    Caller,
    Json,
    before_uuid,
    body_of,
    flag_of,
    idempotency_key,
    money_of,
    named_id,
    page_length,
    parameter,
    phone_of,
    text_of,
    yes_or_no,
)
from nummer.faces.api.views import answered, empty
from nummer.kernel.ids import id_of
from nummer.kernel.money import Money

STANDARD: Final = "standard"
_WISH: Final = frozenset({"country", "kind", "number", "city", "keep_fee", "max_first"})
_HOOK: Final = frozenset({"url", "method", "fallback_url"})
_KEPT: Final = frozenset({"kept"})
_LEFT: Final = frozenset({"why"})


def search(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Answer a page of free numbers of a country, each with what it costs this customer."""
    country = catalogue.country(parameter(request, "country").upper()).code
    kind = parameter(request, "kind") or None
    if kind is not None and kind not in KINDS:
        raise FieldMalformed(field="kind")
    found = queries.search(
        country=country,
        kind=kind,
        city=parameter(request, "city") or None,
        region=parameter(request, "region") or None,
        pattern=parameter(request, "contains"),
        sms=yes_or_no(request, "sms"),
        voice=yes_or_no(request, "voice"),
        after=parameter(request, "after") or None,
        limit=page_length(request),
        now=caller.now,
    )
    quotes = _quotes(caller, country, {row.kind for row in found.numbers})
    return answered(
        {
            "numbers": [
                _free_form(row, quotes[row.kind]) for row in found.numbers if row.kind in quotes
            ],
            "next_after": found.after,
        }
    )


def quote(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Answer what numbers of a kind cost in a country, with tax. Refuses: NoPrice."""
    country = catalogue.country(parameter(request, "country").upper()).code
    kind = parameter(request, "kind")
    return answered(
        {"country": country, "kind": kind, **_price_form(_quote(caller, country, kind))}
    )


def rent(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Rent a number, once for each Idempotency-Key; it works once its state is active."""
    key = id_of("api", caller.key_id, "rent", idempotency_key(request))
    body = body_of(request, fields=_WISH)
    keep_fee = flag_of(body, "keep_fee")
    wish = leases.Wish(
        country=text_of(body, "country", required=True).upper(),
        kind=text_of(body, "kind", required=True),
        city=text_of(body, "city", required=False) or None,
        number=phone_of(body, "number"),
        key=key,
        surface=SURFACE,
        texts=agreements.current_for_key(caller.key_id, now=caller.now),
        consent_immediate=True,  # K43: given, with the texts above, when the key was created
        keep_fee=True if keep_fee is None else keep_fee,
        max_first=money_of(body, "max_first", currency=_currency(caller)),
        key_id=caller.key_id,
    )
    placed = leases.rent(caller.account_id, wish=wish, now=caller.now)
    return answered(lease_form(placed), status=201 if placed.placed_at == caller.now else 200)


def list_leases(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Answer a page of the customer's leases, newest first, those that ended included."""
    limit = page_length(request)
    rows = queries.leases_of(caller.account_id, before=before_uuid(request), limit=limit)
    return answered(
        {
            "leases": [lease_form(row) for row in rows],
            "next_before": str(rows[-1].id) if len(rows) == limit else None,
        }
    )


def get_lease(request: HttpRequest, caller: Caller, *, lease_id: str) -> HttpResponse:
    """Answer one lease."""
    del request
    return answered(lease_form(_lease(caller, lease_id)))


def list_periods(request: HttpRequest, caller: Caller, *, lease_id: str) -> HttpResponse:
    """Answer what was paid for a lease and what came back, the latest first; at most LISTED_MAX."""
    del request
    row = _lease(caller, lease_id)
    found = queries.periods(caller.account_id, lease_id=row.id, limit=LISTED_MAX)
    return answered({"periods": [_period_form(period) for period in found]})


def give_notice(request: HttpRequest, caller: Caller, *, lease_id: str) -> HttpResponse:
    """End a lease with its paid period; repeating it changes nothing (LD-H4)."""
    id_, why = _id(lease_id), _why(request)
    row = leases.give_notice(caller.account_id, lease_id=id_, why=why, now=caller.now)
    return answered(lease_form(row))


def take_back_notice(request: HttpRequest, caller: Caller, *, lease_id: str) -> HttpResponse:
    """Let a lease renew itself again."""
    del request
    row = leases.take_back_notice(caller.account_id, lease_id=_id(lease_id), now=caller.now)
    return answered(lease_form(row))


def cancel(request: HttpRequest, caller: Caller, *, lease_id: str) -> HttpResponse:
    """End a lease at once, and answer what is given back for it."""
    id_, why = _id(lease_id), _why(request)
    refunds.cancel_lease(caller.account_id, lease_id=id_, surface=SURFACE, why=why, now=caller.now)
    given = decisions.decisions_of(caller.account_id, order_ids=_period_ids(caller, id_))
    return answered(
        {
            **lease_form(_lease(caller, lease_id)),
            "refunds": [
                {
                    "period": str(period_id),
                    "decision": decision.decision,
                    "clauses": list(decision.clauses),
                    "amount": decision.amount.decimal_text(),
                    "currency": decision.amount.currency,
                }
                for period_id, decision in given.items()
            ],
        }
    )


def keep_fee(request: HttpRequest, caller: Caller, *, lease_id: str) -> HttpResponse:
    """Keep the next fee back from other spending from now on, or let go of it."""
    id_ = _id(lease_id)
    kept = flag_of(body_of(request, fields=_KEPT), "kept")
    if kept is None:
        raise FieldMalformed(field="kept")
    row = leases.keep_fee(caller.account_id, lease_id=id_, kept=kept, now=caller.now)
    return answered(lease_form(row))


def list_hooks(request: HttpRequest, caller: Caller, *, lease_id: str) -> HttpResponse:
    """Answer the hooks of a lease; there is one at most for each purpose."""
    del request
    row = _lease(caller, lease_id)
    found = lease_hooks(caller.account_id, lease_id=row.id)
    return answered({"hooks": [_hook_form(hook) for hook in found]})


def rotate_hook(
    request: HttpRequest, caller: Caller, *, lease_id: str, purpose: str
) -> HttpResponse:
    """Answer a new secret of a hook, this once; the old one signs, too, for a day."""
    del request
    row, word = _lease(caller, lease_id), _purpose(purpose)
    secret = rotate_hook_secret(caller.account_id, lease_id=row.id, purpose=word, now=caller.now)
    return answered({**_hook_form(_hook(caller, row.id, word)), "secret": secret})


def set_hook(request: HttpRequest, caller: Caller, *, lease_id: str, purpose: str) -> HttpResponse:
    """Set or change the hook of a lease for one purpose; a new secret is answered this once."""
    row, word = _lease(caller, lease_id), _purpose(purpose)
    body = body_of(request, fields=_HOOK)
    method = text_of(body, "method", required=False) or "POST"
    if method not in METHODS:
        raise FieldMalformed(field="method")
    secret = set_lease_hook(
        caller.account_id,
        lease_id=row.id,
        dialect=STANDARD,
        purpose=word,
        url=text_of(body, "url", required=True, longest=URL_LENGTH_MAX),
        method=method,
        fallback_url=text_of(body, "fallback_url", required=False, longest=URL_LENGTH_MAX),
        now=caller.now,
    )
    form = _hook_form(_hook(caller, row.id, word))
    return answered(form if secret is None else {**form, "secret": secret})


def remove_hook(
    request: HttpRequest, caller: Caller, *, lease_id: str, purpose: str
) -> HttpResponse:
    """Remove the hook of a lease for one purpose; where there is none, nothing happens."""
    del request
    row = _lease(caller, lease_id)
    set_lease_hook(
        caller.account_id,
        lease_id=row.id,
        dialect=STANDARD,
        purpose=_purpose(purpose),
        url="",
        now=caller.now,
    )
    return empty()


def lease_form(row: LeaseRow) -> dict[str, Json]:
    """Return a lease as this interface answers it, and as events about it tell it."""
    return {
        "id": str(row.id),
        "number": row.number.e164,
        "country": row.country,
        "kind": row.kind,
        "city": row.city or None,
        "state": row.state.value,
        "monthly_net": row.monthly_net.decimal_text(),
        "currency": row.monthly_net.currency,
        "keep_fee": row.fee_kept,
        "placed_at": row.placed_at.isoformat(),
        "activated_at": _moment(row.activated_at),
        "paid_until": _moment(row.paid_until),
        "kept_until": _moment(row.kept_until),
        "ended_at": _moment(row.ended_at),
        "end_reason": row.end_reason or None,
    }


def _hook(caller: Caller, lease_id: UUID, purpose: Purpose) -> LeaseHook:
    """Return the hook of a lease for a purpose. Refuses: NoSuchEndpoint, where it is just gone."""
    for hook in lease_hooks(caller.account_id, lease_id=lease_id):
        if hook.purpose == purpose.value:
            return hook
    raise NoSuchEndpoint


def _why(request: HttpRequest) -> str:
    """Return why the customer leaves, empty where he says nothing. Refuses: FieldMalformed."""
    why = text_of(body_of(request, fields=_LEFT, required=False), "why", required=False)
    if why and why not in REASONS:
        raise FieldMalformed(field="why")
    return why


def _lease(caller: Caller, lease_id: str) -> LeaseRow:
    return queries.lease(caller.account_id, lease_id=_id(lease_id))


def _id(text: str) -> UUID:
    return named_id(text, NoSuchLease)


def _purpose(text: str) -> Purpose:
    try:
        return Purpose(text)
    except ValueError:
        raise NoSuchEndpoint from None


def _period_ids(caller: Caller, lease_id: UUID) -> list[UUID]:
    return [row.id for row in queries.periods(caller.account_id, lease_id=lease_id)]


def _currency(caller: Caller) -> str:
    return accounts.account(caller.account_id).currency


def _quotes(caller: Caller, country: str, kinds: Iterable[str]) -> dict[str, LeaseQuote]:
    """Return what each of these kinds costs; one without a price is not on sale."""
    found = {}
    for kind in kinds:
        with suppress(NoPrice):
            found[kind] = _quote(caller, country, kind)
    return found


def _quote(caller: Caller, country: str, kind: str) -> LeaseQuote:
    buyer = accounts.account(caller.account_id)
    return lease_quote(
        country=country,
        kind=kind,
        currency=buyer.currency,
        customer_country=accounts.tax_country(buyer),
        now=caller.now,
    )


def _free_form(row: FreeNumber, found: LeaseQuote) -> dict[str, Json]:
    return {
        "number": row.number.e164,
        "country": row.country,
        "kind": row.kind,
        "city": row.city or None,
        "region": row.region or None,
        "area": row.area or None,
        "sms": row.sms,
        "voice": row.voice,
        **_price_form(found),
    }


def _price_form(found: LeaseQuote) -> dict[str, Json]:
    return {
        "monthly": _sum(found.monthly.total),
        "monthly_net": _sum(found.monthly.net),
        "setup": _sum(found.setup.total),
        "setup_net": _sum(found.setup.net),
        "first": _sum(found.first),
        "currency": found.first.currency,
    }


def _period_form(row: PeriodRow) -> dict[str, Json]:
    return {
        "id": str(row.id),
        "starts_at": _moment(row.starts_at),
        "ends_at": _moment(row.ends_at),
        "monthly": _sum(row.monthly),
        "setup": _sum(row.setup),
        "tax": _sum(row.tax),
        "total": _sum(row.total),
        "currency": row.total.currency,
        "charged_at": _moment(row.charged_at),
    }


def _hook_form(hook: LeaseHook) -> dict[str, Json]:
    return {
        "purpose": hook.purpose,
        "url": hook.url,
        "method": hook.method,
        "fallback_url": hook.fallback_url or None,
        "dialect": hook.dialect,
    }


def _sum(amount: Money) -> str:
    return amount.decimal_text()


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
