"""The offer of a number by the month: all that counts on one page, and then the button."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from nummer.apps.agreements import queries as agreements
from nummer.apps.agreements.errors import ConsentMissing, TextsOutdated
from nummer.apps.agreements.texts import REFUND_POLICY, RENTED_RESTRICTIONS, TERMS
from nummer.apps.catalogue.cities import city
from nummer.apps.catalogue.leasing import LeaseQuote, lease_quote, lease_terms
from nummer.apps.identity.queries import Asked
from nummer.apps.identity.words import DocumentKind, Field
from nummer.apps.leases import actions as leases
from nummer.apps.leases import queries
from nummer.apps.leases.errors import NumberTaken
from nummer.apps.leases.papers import asked_for_number
from nummer.apps.leases.queries import FreeNumber
from nummer.apps.notify import summaries
from nummer.faces.site.refusals import NOT_FOUND
from nummer.faces.site.requests import account_id, own_account_id, public
from nummer.faces.site.views.catalogue import buyer_of
from nummer.faces.site.views.ordering import (
    buyer_state,
    key_after,
    key_of,
    shown_texts,
    shown_total,
)
from nummer.faces.site.views.papers import DOCUMENT_NAMES, FIELD_NAMES
from nummer.kernel import clock
from nummer.kernel.errors import Refusal
from nummer.kernel.ids import new_id
from nummer.kernel.phone import PhoneNumber

SURFACE: Final = "site"
ACKNOWLEDGED: Final = (TERMS, REFUND_POLICY, RENTED_RESTRICTIONS)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@public
def offer(request: HttpRequest, digits: int) -> HttpResponse:
    """Show what a number costs and under what terms, and take the order when it is sent."""
    number = _number(digits)
    if request.method == "POST":
        return _take(request, number)
    return _show(request, number, key=new_id())


def _number(digits: int) -> PhoneNumber:
    """Refuses: NumberTaken, for what cannot be a number."""
    try:
        return PhoneNumber(f"+{digits}")
    except AssertionError:
        raise NumberTaken from None


def _show(
    request: HttpRequest, number: PhoneNumber, *, key: UUID, refusal: Refusal | None = None
) -> HttpResponse:
    now, language = clock.now(), get_language() or "en"
    found = queries.free_number(number, now=now)
    if found is None:
        return _gone(request, number)
    quote = _quote(request, found)
    texts = [agreements.in_force(one, language=language, now=now) for one in ACKNOWLEDGED]
    terms = lease_terms(country=found.country, kind=found.kind)
    wanted = asked_for_number(number, customer=buyer_of(request).kind, now=now)
    content = {
        "phone": number.e164,
        "country": found.country,
        "city": city(found.country, code=found.city).names if found.city else {},
        "kind": found.kind,
        "sms": found.sms,
        "voice": found.voice,
        "monthly": quote.monthly.total.decimal_text(),
        "setup": quote.setup.total.decimal_text(),
        "amount": quote.first.decimal_text(),
        "currency": quote.first.currency,
        "delivery_h": terms.delivery_h,
        "papers": [kind.value for kind in wanted.documents],
        "placed_at": now.isoformat(),
    }
    context = {
        "number": found,
        "key": key,
        "quote": quote,
        "first": quote.first,
        "tax": quote.monthly.tax + quote.setup.tax,
        "summary": summaries.rows(content, language=language),
        "texts": texts,
        "papers": papers_code(wanted),
        "needs": [
            *(FIELD_NAMES[name] for name in wanted.fields),
            *(DOCUMENT_NAMES[kind] for kind in wanted.documents),
        ],
        "refusal": refusal,
        **buyer_state(request, quote.first),
    }
    return render(request, "site/number_offer.html", context, status=409 if refusal else 200)


def _gone(request: HttpRequest, number: PhoneNumber) -> HttpResponse:
    """Say that a number is not to be had, and lead to those that are."""
    return render(
        request,
        "site/number_gone.html",
        {"number": number, "country": (number.region or "").lower()},
        status=409,
    )


def _quote(request: HttpRequest, found: FreeNumber) -> LeaseQuote:
    buyer = buyer_of(request)
    return lease_quote(
        country=found.country,
        kind=found.kind,
        currency=buyer.currency,
        customer_country=buyer.country,
        now=clock.now(),
    )


def _take(request: HttpRequest, number: PhoneNumber) -> HttpResponse:
    buyer_id, now, key = account_id(request), clock.now(), key_of(request)
    try:
        placed = leases.rent(buyer_id, wish=_wish(request, number, key), now=now)
    except Refusal as refusal:
        if refusal.code in NOT_FOUND:
            raise
        return _show(request, number, key=key_after(refusal, key), refusal=refusal)
    messages.success(
        request, gettext("Thank you. The summary of your contract is on its way by mail.")
    )
    return redirect("site:my-number", lease_id=placed.id)


def _wish(request: HttpRequest, number: PhoneNumber, key: UUID) -> leases.Wish:
    """Return the wish with what was ticked. Refuses: ConsentMissing, NumberTaken."""
    if request.POST.get("restrictions") != "yes":
        raise ConsentMissing
    if request.POST.get("needs") and request.POST.get("papers") != "yes":
        raise ConsentMissing
    assert own_account_id(request) is not None, "only customers order"
    found = queries.free_number(number, now=clock.now())
    first = queries.lease_of_key(account_id(request), key=key)
    country, kind = (
        (first.country, first.kind)
        if first is not None
        else (found.country, found.kind)
        if found is not None
        else ("", "")
    )
    if not country:
        raise NumberTaken
    return leases.Wish(
        country=country,
        kind=kind,
        number=number,
        key=key,
        surface=SURFACE,
        texts=shown_texts(request),
        consent_immediate=request.POST.get("immediate") == "yes",
        keep_fee=request.POST.get("keep_fee") == "yes",
        max_first=shown_total(request),
        papers=_papers_ticked(request),
    )


def papers_code(wanted: Asked) -> str:
    """Return what is asked for as the form carries it, so that it is ticked as it was shown."""
    return ",".join([*wanted.fields, "", *wanted.documents]) if wanted else ""


def _papers_ticked(request: HttpRequest) -> Asked:
    """Return what the form showed as needed. Refuses: TextsOutdated, for words of no form."""
    shown = request.POST.get("needs", "")
    if not shown:
        return Asked()
    fields, _, documents = f",{shown},".partition(",,")
    try:
        return Asked(
            tuple(Field(word) for word in fields.split(",") if word),
            tuple(DocumentKind(word) for word in documents.split(",") if word),
        )
    except ValueError:
        raise TextsOutdated from None
