"""Numbers rented by the month: a rent here is a lease for one period (ADR 261)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction
from django.http import HttpResponse

from nummer.apps.accounts import queries as accounts
from nummer.apps.agreements import queries as agreements
from nummer.apps.catalogue import queries as catalogue
from nummer.apps.catalogue.leasing import (
    LeaseQuote,
    lease_quotes,
    lease_terms,
    tax_rate_bp,
    taxed,
)
from nummer.apps.leases import actions as leases
from nummer.apps.leases import held, searching
from nummer.apps.leases.actions import Wish
from nummer.apps.leases.errors import NoNumberForRent, NoSuchLease
from nummer.apps.leases.queries import LeaseRow
from nummer.apps.leases.waiting import supplied
from nummer.apps.ledger import queries as ledger
from nummer.apps.ledger.errors import InsufficientBalance
from nummer.apps.messaging import queries as messaging
from nummer.apps.messaging.queries import Direction, Sms
from nummer.apps.refunds import actions as refunds
from nummer.faces.api_activate import retries
from nummer.faces.api_activate.answers import Json, number, structure
from nummer.faces.api_activate.call import Call, Form, written
from nummer.faces.api_activate.currencies import iso_number
from nummer.faces.api_activate.errors import (
    NotSoldHere,
    ParameterMalformed,
    RentAlreadyCancelled,
    RentAlreadyContinued,
    RentAlreadyFinished,
    RentIdMissing,
    RentNotCancellable,
    RentOver,
    RentStatusUnknown,
    RentTimeNotSold,
    RentUnknown,
    RentWaitsForSms,
)
from nummer.faces.api_activate.offers import ANY_OPERATOR, Place, place_given
from nummer.kernel.ids import new_id
from nummer.kernel.money import Money
from nummer.policy.lease import ENDS, SERVED, LeaseState, period_of

SURFACE: Final = "activate"
WHOLE: Final = "full"  # the protocol's name of a rent that takes the SMS of every service
HOURS: Final = range(28 * 24, 31 * 24 + 1)  # a calendar month, whichever
KINDS: Final = ("mobile", "local")  # in this order: more services take mobile numbers
COUNTED_MAX: Final = 200
PAGE_LENGTH: Final = 50
CANCELLED: Final = "cancelled"  # why a lease ended that its holder gave back


@dataclass(frozen=True, slots=True)
class _Offer:
    """What can be rented in a country: one kind, its price, how many are free."""

    place: Place
    quote: LeaseQuote
    free: int


def rent_offers(call: Call) -> HttpResponse:
    """Answer what can be rented in a country; nothing for any time but a month."""
    offered = _offered(call)
    place = _place(call, offered)
    offer = _offer(call, place, offered) if place is not None and _sold_time(call) else None
    services: dict[str, Json] = {}
    if offer is not None:
        services[WHOLE] = {
            "cost": offer.quote.first.decimal_text(),
            "quant": {"current": offer.free, "total": offer.free},
        }
    places = sorted(_places(offered).values(), key=lambda known: known.activate_id)
    return structure(
        {
            "countries": {str(n): place.activate_id for n, place in enumerate(places)},
            "operators": {"0": ANY_OPERATOR} if places else {},
            "services": services,
            "currency": iso_number(accounts.account(call.account_id).currency),
        }
    )


def rents(call: Call) -> HttpResponse:
    """Answer the numbers that the customer rents, newest first."""
    rows = held.held(call.account_id, limit=held.LISTED_MAX)
    return structure(
        {
            "status": "success",
            "values": {
                str(n): {"id": held.short_id(row.id), "phone": row.number.digits}
                for n, row in enumerate(rows)
            },
        }
    )


def rent(call: Call) -> HttpResponse:
    """Rent a number for a month that ends by itself; every service may send to it.

    Refuses: RentTimeNotSold, NotSoldHere (no service or time was named, calls), UnknownService,
    ParameterMalformed (an address to be called), NoNumberForRent; what `leases.rent` refuses.
    """
    _require_sold(call)
    offered = _offered(call)
    place = _place(call, offered)
    offer = None if place is None else _offer(call, place, offered)
    if offer is None:
        raise NoNumberForRent
    order_id = call.parameters.text("orderId")
    wish = Wish(
        country=offer.quote.country,
        kind=offer.quote.kind,
        key=retries.key_of_order_id(call.key_id, order_id=order_id) if order_id else new_id(),
        surface=SURFACE,
        texts=agreements.current_for_key(call.key_id, now=call.now),
        consent_immediate=True,  # K43: given, with the texts above, when the key was created
        for_one_period=True,
        sms=True,
        key_id=call.key_id,
    )
    row = supplied(leases.rent(call.account_id, wish=wish, now=call.now))
    if row.state in ENDS:
        raise NoNumberForRent
    ends_at = row.paid_until or period_of(call.now, index=0, timezone=row.timezone).ends_at
    if call.form is Form.HERO:
        return _activation(row, offer, ends_at)
    return _phone(row, ends_at)


def rent_status(call: Call) -> HttpResponse:
    """Answer a page of the SMS that came to a rent, newest first.

    A `status` sent along changes nothing: one client says this where it means `setRentStatus`,
    and others do not. Refuses: RentWaitsForSms, RentAlreadyCancelled, RentAlreadyFinished.
    """
    row = _named(call)
    size = call.parameters.whole("size", default=PAGE_LENGTH, highest=1000) or PAGE_LENGTH
    page = call.parameters.whole("page", default=0, highest=100)
    came = messaging.sms_of(
        call.account_id,
        lease_id=row.id,
        direction=Direction.IN,
        limit=min(size * (page + 1), 1000),
    )
    if not came:
        _require_running(row)
        raise RentWaitsForSms
    shown = came[size * page : size * (page + 1)]
    return structure(
        {
            "status": "success",
            "quantity": str(len(came)),
            "values": {str(n): _sms(sms) for n, sms in enumerate(shown)},
        }
    )


def set_rent_status(call: Call) -> HttpResponse:
    """End a rent: 1 with its period, as it would anyway; 2 at once, for the money.

    Refuses: RentStatusUnknown, RentNotCancellable (the policy gives nothing back),
    RentAlreadyCancelled, RentAlreadyFinished.
    """
    row = _named(call)
    wanted = call.parameters.text("status")
    if wanted not in ("1", "2"):
        raise RentStatusUnknown
    _require_running(row)
    if wanted == "1" and row.state is LeaseState.ACTIVE:
        leases.give_notice(call.account_id, lease_id=row.id, now=call.now)
    elif wanted == "2":
        _cancel(call, row)
    return structure({"status": "success"})


def continue_rent(call: Call) -> HttpResponse:
    """Let a rent go on for one more month, charged on its day out of what is kept back now.

    Refuses: RentTimeNotSold, RentOver, RentAlreadyContinued, InsufficientBalance.
    """
    row = _continuable(call)
    ends_at = held.end_if_continued(call.account_id, lease_id=row.id)
    price = _fee(call, row)
    spendable = ledger.balance(call.account_id).spendable
    if spendable < price:
        raise InsufficientBalance(
            needed=price.decimal_text(),
            spendable=spendable.decimal_text(),
            currency=price.currency,
        )
    leases.take_back_notice(call.account_id, lease_id=row.id, now=call.now)
    return _phone(row, ends_at)


def continue_info(call: Call) -> HttpResponse:
    """Answer what one more month costs, with the tax of today."""
    row = _continuable(call, any_time=True)
    fee = _fee(call, row)
    return structure(
        {
            "status": "success",
            "price": number(fee),
            "currency": iso_number(fee.currency),
            "maxHours": HOURS[-1],
            "history": {},
        }
    )


def _require_sold(call: Call) -> None:
    service = call.parameters.text("service")
    named_time = call.parameters.text("time") or call.parameters.text("duration")
    if not service or not named_time or call.parameters.yes("incomingCall"):
        raise NotSoldHere
    if service != WHOLE:
        catalogue.service(service)
    if not _sold_time(call):
        raise RentTimeNotSold
    if call.parameters.text("url"):
        raise ParameterMalformed
    if call.parameters.text("operator").lower() not in ("", ANY_OPERATOR):
        raise NotSoldHere


def _sold_time(call: Call, *, name: str = "time") -> bool:
    """Say whether a time is a month: hours, or minutes where it is called a duration."""
    minutes = call.parameters.whole("duration", default=0, highest=10**9)
    if minutes:
        return minutes % 60 == 0 and minutes // 60 in HOURS
    return call.parameters.whole(name, default=HOURS[0], highest=10**9) in HOURS


def _offered(call: Call) -> dict[str, list[LeaseQuote]]:
    """Return what has a price for the customer and needs no papers first, by country."""
    buyer = accounts.account(call.account_id)
    found: dict[str, list[LeaseQuote]] = {}
    for quote in lease_quotes(
        currency=buyer.currency, customer_country=accounts.tax_country(buyer), now=call.now
    ):
        if quote.kind in KINDS and not lease_terms(country=quote.country, kind=quote.kind).papers:
            found.setdefault(quote.country, []).append(quote)
    return found


def _places(offered: dict[str, list[LeaseQuote]]) -> dict[str, Place]:
    """Return the countries that have a number in this protocol and offer something."""
    return {
        row.code: Place(row.code, row.activate_id)
        for row in catalogue.countries()
        if row.code in offered and row.activate_id is not None
    }


def _place(call: Call, offered: dict[str, list[LeaseQuote]]) -> Place | None:
    """Return the country asked for; without one, the first that offers something."""
    given = place_given(call)
    if given is not None:
        return given
    places = sorted(_places(offered).values(), key=lambda known: known.activate_id)
    return places[0] if places else None


def _offer(call: Call, place: Place, offered: dict[str, list[LeaseQuote]]) -> _Offer | None:
    """Return the first kind of a country of which numbers are free that take SMS."""
    quotes = sorted(offered.get(place.country, []), key=lambda quote: KINDS.index(quote.kind))
    for quote in quotes:
        found = searching.search(
            country=place.country, kind=quote.kind, sms=True, limit=COUNTED_MAX, now=call.now
        )
        if found.numbers:
            return _Offer(place, quote, len(found.numbers))
    return None


def _named(call: Call) -> LeaseRow:
    """Return the rent that a call is about. Refuses: RentIdMissing, RentUnknown."""
    given = call.parameters.text("id")
    if not given:
        raise RentIdMissing
    if not given.isascii() or not given.isdigit():
        raise RentUnknown
    try:
        return held.lease_by_short_id(call.account_id, short=int(given))
    except NoSuchLease:
        raise RentUnknown from None


def _require_running(row: LeaseRow) -> None:
    if row.state in ENDS:
        raise RentAlreadyCancelled if row.end_reason == CANCELLED else RentAlreadyFinished


def _continuable(call: Call, *, any_time: bool = False) -> LeaseRow:
    row = _named(call)
    if not any_time and not _sold_time(call, name="rent_time"):
        raise RentTimeNotSold
    if row.state not in SERVED:
        raise RentOver
    # It goes on already, or its notice was given on the site: taken back, it would never end.
    if row.state is LeaseState.ACTIVE or not row.for_one_period:
        raise RentAlreadyContinued
    return row


def _fee(call: Call, row: LeaseRow) -> Money:
    """Return what a further month costs: the price that was agreed, with the tax of now."""
    country = accounts.tax_country(accounts.account(call.account_id))
    return taxed(row.monthly_net, rate_bp=tax_rate_bp(country, now=call.now)).total


def _cancel(call: Call, row: LeaseRow) -> None:
    """Give a rent back; where the policy gives nothing for it, nothing happens."""
    with transaction.atomic():
        decided = refunds.cancel_lease(
            call.account_id, lease_id=row.id, surface=SURFACE, now=call.now
        )
        if decided.amount.micro == 0:
            raise RentNotCancellable


def _phone(row: LeaseRow, ends_at: datetime) -> HttpResponse:
    return structure(
        {
            "status": "success",
            "phone": {
                "id": held.short_id(row.id),
                "endDate": f"{ends_at:%Y-%m-%dT%H:%M:%S}",
                "number": row.number.digits,
            },
        }
    )


def _activation(row: LeaseRow, offer: _Offer, ends_at: datetime) -> HttpResponse:
    """Answer a rent as the hero form does, like a purchase."""
    return structure(
        {
            "activationId": str(held.short_id(row.id)),
            "phoneNumber": row.number.digits,
            "activationCost": offer.quote.first.decimal_text(),
            "currency": iso_number(row.monthly_net.currency),
            "countryCode": str(offer.place.activate_id),
            "canGetAnotherSms": True,
            "activationTime": written(row.placed_at),
            "activationEndTime": written(ends_at),
            "activationOperator": ANY_OPERATOR,
        }
    )


def _sms(sms: Sms) -> dict[str, Json]:
    return {
        "phoneFrom": sms.theirs,
        "text": sms.body or "",
        "service": WHOLE,
        "date": written(sms.created_at),
    }
