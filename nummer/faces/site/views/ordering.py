"""The order page: everything a buyer must know stands above the button."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from nummer.apps.accounts import queries as accounts
from nummer.apps.agreements import queries as agreements
from nummer.apps.agreements.errors import TermsNotAccepted
from nummer.apps.agreements.queries import AcceptedText, PublishedText
from nummer.apps.catalogue import queries as catalogue
from nummer.apps.catalogue.queries import Quote
from nummer.apps.identity import queries as identity
from nummer.apps.identity.errors import PapersFirst
from nummer.apps.leases.papers import asked_first
from nummer.apps.ledger import queries as ledger
from nummer.apps.numbers import queries as numbers
from nummer.apps.numbers.rates import BUYERS_MIN, ORDERS_MIN, code_rates
from nummer.apps.orders import actions as orders
from nummer.faces.site.refusals import NOT_FOUND
from nummer.faces.site.requests import account_id, own_account_id, public
from nummer.faces.site.views.catalogue import FREE_SHOWN_MAX, buyer_of, good_to_know, quote_for
from nummer.kernel import clock
from nummer.kernel.errors import Refusal
from nummer.kernel.ids import new_id
from nummer.kernel.money import Money

SURFACE: Final = "site"
STATEMENTS: Final = ("restrictions", "immediate", "loss")


@dataclass(frozen=True, slots=True)
class Offer:
    """What the buyer is shown and what he would agree to."""

    service: str
    country: str
    key: UUID
    quote: Quote
    texts: Sequence[PublishedText]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@public
def order(request: HttpRequest, service: str, country: str) -> HttpResponse:
    """Show an offer, and take the order when the buyer sends it."""
    if request.method == "POST":
        return _take(request, service, country.upper())
    return _show(request, service, country.upper(), key=new_id())


def _show(
    request: HttpRequest,
    service: str,
    country: str,
    *,
    key: UUID,
    refusal: Refusal | None = None,
) -> HttpResponse:
    now, language = clock.now(), get_language() or "en"
    row = catalogue.service(service)
    buyer = buyer_of(request)
    offer = Offer(
        service=row.code,
        country=country,
        key=key,
        quote=quote_for(buyer, service=row.code, country=country, now=now),
        texts=[
            agreements.in_force(document, language=language, now=now)
            for document in orders.ACKNOWLEDGED_DOCUMENTS
        ],
    )
    context = {
        "offer": offer,
        "service": row,
        **good_to_know(row),
        "free": numbers.free_up_to(FREE_SHOWN_MAX + 1, service=row.code, country=country),
        "free_shown_max": FREE_SHOWN_MAX,
        "rate": code_rates(service=row.code, country=country).get((row.code, country)),
        "orders_min": ORDERS_MIN,
        "buyers_min": BUYERS_MIN,
        "refusal": refusal,
        "first": _papers_first(request, now),
        **buyer_state(request, offer.quote.total),
    }
    return render(request, "site/order.html", context, status=409 if refusal else 200)


def _papers_first(request: HttpRequest, now: datetime) -> PapersFirst | None:
    """Return what is said before payment where every purchase needs papers (LD-R2, ADR 409)."""
    buyer_id = own_account_id(request)
    if buyer_id is None:
        return PapersFirst() if identity.asked_always(customer="person", at=now) else None
    return PapersFirst() if asked_first(buyer_id, now=now) else None


def buyer_state(request: HttpRequest, total: Money) -> dict[str, object]:
    """Return what this buyer still lacks, and the balance before and after."""
    buyer_id = own_account_id(request)
    if buyer_id is None:
        return {"signed_in": False}
    try:
        accounts.require_confirmed(buyer_id)
        unconfirmed = None
    except Refusal as refusal:
        unconfirmed = refusal
    waiting = agreements.outstanding(buyer_id, now=clock.now())
    spendable = ledger.balance(buyer_id).spendable
    return {
        "signed_in": True,
        "unconfirmed": unconfirmed,
        "unaccepted": TermsNotAccepted() if waiting else None,
        "spendable": spendable,
        "left": spendable - total if total <= spendable else None,
        "missing": total - spendable if spendable < total else None,
    }


def _take(request: HttpRequest, service: str, country: str) -> HttpResponse:
    buyer_id, now = account_id(request), clock.now()
    key = key_of(request)
    try:
        placed = orders.place_one_time(
            buyer_id, wish=_wish(request, service, country, key), now=now
        )
    except Refusal as refusal:
        if refusal.code in NOT_FOUND:
            raise
        return _show(request, service, country, key=key_after(refusal, key), refusal=refusal)
    if not placed.replayed:
        messages.success(request, gettext("Your number is ready. The code will appear below."))
    return redirect(f"{reverse('site:orders')}#activation-{placed.activation_id}")


def key_of(request: HttpRequest) -> UUID:
    """Return the order's idempotency key, made when the page was shown; a broken one is new."""
    try:
        return UUID(request.POST.get("key", ""))
    except ValueError:
        return new_id()


def key_after(refusal: Refusal, key: UUID) -> UUID:
    """Return the key for the page after a refusal: another one where this one is used up."""
    return new_id() if refusal.code == "key_reused" else key


def _wish(request: HttpRequest, service: str, country: str, key: UUID) -> orders.Wish:
    ticked = {name for name in STATEMENTS if request.POST.get(name) == "yes"}
    return orders.Wish(
        service=service,
        country=country,
        key=key,
        surface=SURFACE,
        texts=shown_texts(request) if "restrictions" in ticked else [],
        consent_immediate="immediate" in ticked,
        consent_loss="loss" in ticked,
        max_price=shown_total(request),
    )


def shown_texts(request: HttpRequest) -> list[AcceptedText]:
    """Read which texts stood on the page; what is not one of them is left out."""
    texts = []
    for line in request.POST.getlist("text")[:10]:
        parts = line.split("|")
        if len(parts) == 4:  # noqa: PLR2004 -- the four fields of an AcceptedText
            texts.append(AcceptedText(*parts))
    return texts


def shown_total(request: HttpRequest) -> Money:
    """Read the total that stood on the page: a price that rose meanwhile must be refused.

    What cannot be read, or is of another currency, allows nothing.
    """
    own = buyer_of(request).currency
    amount, _, currency = request.POST.get("total", "").partition(" ")
    try:
        return Money.parse(amount if currency == own else "", own)
    except ValueError:
        return Money(0, own)
