"""Numbers rented by the month: a rent here is a lease for one period (ADR 352).

What the protocol calls free numbers, whose SMS everybody reads, there is none of.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_CEILING
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
from nummer.faces.api_onlinesim.answers import Json, done, number, structure
from nummer.faces.api_onlinesim.call import Call
from nummer.faces.api_onlinesim.errors import (
    NothingToReload,
    OperationMissing,
    RentGoesOn,
    RentNotReturnable,
    RentTimeNotSold,
    RentUnknown,
)
from nummer.faces.api_onlinesim.names import calling_code, country_called, prefix
from nummer.kernel.ids import id_of, new_id
from nummer.kernel.money import Money
from nummer.policy.lease import ENDS, SERVED, LeaseState, period_of
from nummer.protocols.codes.extract import extract_code

SURFACE: Final = "onlinesim"
KINDS: Final = ("mobile", "local")  # in this order: more services take mobile numbers
DAYS: Final = range(28, 32)  # a calendar month, whichever
MONTH_DAYS: Final = 30  # what tariffs call it
COUNTED_MAX: Final = 200
LISTED_MAX: Final = 200
MESSAGES_MAX: Final = 50
_RENTING: Final = 1
_EMPTY_PAGE: Final[dict[str, Json]] = {
    "data": [],
    "current_page": 1,
    "last_page": 1,
    "total": 0,
}


@dataclass(frozen=True, slots=True)
class _Offer:
    """What can be rented in a country: one kind, its price, how many are free."""

    quote: LeaseQuote
    free: int


def get_rent_num(call: Call) -> HttpResponse:
    """Rent a number for a month that ends by itself, once for each Idempotency-Key.

    Refuses: RentTimeNotSold, UnknownCountry, NoNumberForRent; what `leases.rent` refuses.
    """
    _require_month(call)
    offered = _offered(call)
    country = _country(call, offered)
    offer = _offer(call, country, offered.get(country, []))
    if offer is None:
        raise NoNumberForRent
    key = call.idempotency_key
    wish = Wish(
        country=country,
        kind=offer.quote.kind,
        key=id_of("onlinesim", call.key_id, "rent", key) if key else new_id(),
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
    return done(item=_form(call, row))


def get_rent_state(call: Call) -> HttpResponse:
    """Answer one rent, or all, newest first; clients read an unknown one from an empty list."""
    if not call.parameters.text("tzid"):
        rows = held.held(call.account_id, limit=LISTED_MAX)
        return done(list=[_form(call, row) for row in rows])
    try:
        return done(list=[_form(call, _named(call))])
    except RentUnknown:
        return done(list=[])


def extend_rent_state(call: Call) -> HttpResponse:
    """Let a rent go on for one more month, charged on its day out of what is kept back now.

    Refuses: RentTimeNotSold, RentUnknown, RentGoesOn, InsufficientBalance.
    """
    row = _named(call)
    _require_month(call)
    if row.state not in SERVED:
        raise RentUnknown
    # Notice of a lease that is not for one period, once taken back, would be so for good.
    if row.state is LeaseState.ACTIVE or not row.for_one_period:
        raise RentGoesOn
    price = _fee(call, row)
    spendable = ledger.balance(call.account_id).spendable
    if spendable < price:
        raise InsufficientBalance(
            needed=price.decimal_text(),
            spendable=spendable.decimal_text(),
            currency=price.currency,
        )
    leases.take_back_notice(call.account_id, lease_id=row.id, now=call.now)
    return done(item=_form(call, _named(call)))


def close_rent_num(call: Call) -> HttpResponse:
    """Give a rent back for what the policy gives; where that is nothing, it is kept.

    Refuses: RentUnknown, RentNotReturnable.
    """
    row = _named(call)
    with transaction.atomic():
        decided = refunds.cancel_lease(
            call.account_id, lease_id=row.id, surface=SURFACE, now=call.now
        )
        if decided.amount.micro == 0:
            raise RentNotReturnable
    return done(tzid=held.short_id(row.id))


def port_reload(call: Call) -> HttpResponse:
    """Refuse to load a port anew: no number here hangs on one. Refuses: RentUnknown."""
    _named(call)
    raise NothingToReload


def tariffs_rent(call: Call) -> HttpResponse:
    """Answer what a month costs, of one country or of all by their calling codes."""
    offered = _offered(call)
    given = call.parameters.text("country")
    if given:
        country = country_called(given)
        return structure(_tariff(call, country, offered.get(country, []), position=1))
    ordered = sorted(offered, key=calling_code)
    return structure(
        {
            str(calling_code(country)): _tariff(call, country, offered[country], position=place)
            for place, country in enumerate(ordered, start=1)
        }
    )


def _require_month(call: Call) -> None:
    """Make sure that a month is asked for. Refuses: RentTimeNotSold."""
    days = call.parameters.text("days")
    if not days.isascii() or not days.isdigit() or len(days) > 4 or int(days) not in DAYS:  # noqa: PLR2004 -- digits of any time that is
        raise RentTimeNotSold


def _country(call: Call, offered: Mapping[str, object]) -> str:
    """Return the country asked for; without one, that with the lowest calling code.

    Refuses: UnknownCountry, NoNumberForRent.
    """
    given = call.parameters.text("country")
    if given:
        return country_called(given)
    if not offered:
        raise NoNumberForRent
    return min(offered, key=calling_code)


def _named(call: Call) -> LeaseRow:
    """Return the rent that a call is about, while it lasts.

    Refuses: OperationMissing, RentUnknown.
    """
    given = call.parameters.text("tzid")
    if not given:
        raise OperationMissing
    if not given.isascii() or not given.isdigit():
        raise RentUnknown
    try:
        row = held.lease_by_short_id(call.account_id, short=int(given))
    except NoSuchLease:
        raise RentUnknown from None
    if row.state in ENDS:
        raise RentUnknown
    return row


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


def _offer(call: Call, country: str, quotes: Sequence[LeaseQuote]) -> _Offer | None:
    """Return the first kind of a country of which numbers are free that take SMS."""
    for quote in sorted(quotes, key=lambda each: KINDS.index(each.kind)):
        found = searching.search(
            country=country, kind=quote.kind, sms=True, limit=COUNTED_MAX, now=call.now
        )
        if found.numbers:
            return _Offer(quote, len(found.numbers))
    return None


def _tariff(
    call: Call, country: str, quotes: Sequence[LeaseQuote], *, position: int
) -> dict[str, Json]:
    """Return the tariff of a country: clients read whole units, so they are rounded up.

    `prices` has them as they are charged.
    """
    offer = _offer(call, country, quotes)
    month = str(MONTH_DAYS)
    return {
        "code": calling_code(country),
        "enabled": offer is not None,
        "name": catalogue.country_name(country, language=call.language),
        "new": False,
        "position": position,
        "count": {month: offer.free} if offer else {},
        "days": {month: _units_up(offer.quote.first)} if offer else {},
        "extend": _units_up(offer.quote.monthly.total) if offer else 0,
        "confirm": None,
        "prices": {month: number(offer.quote.first)} if offer else {},
    }


def _units_up(amount: Money) -> int:
    return int(amount.decimal().to_integral_value(rounding=ROUND_CEILING))


def _fee(call: Call, row: LeaseRow) -> Money:
    """Return what a further month costs: the price that was agreed, with the tax of now."""
    country = accounts.tax_country(accounts.account(call.account_id))
    return taxed(row.monthly_net, rate_bp=tax_rate_bp(country, now=call.now)).total


def _form(call: Call, row: LeaseRow) -> dict[str, Json]:
    """Return a rent; what a port would tell is told of none."""
    ends_at = _ends_at(call, row)
    left_s = max(0, int((ends_at - call.now).total_seconds()))
    fee = _fee(call, row)
    extend: Mapping[str, Json] = {}
    if row.state is LeaseState.CANCELLED:
        extend = {str(MONTH_DAYS): number(fee)}
    return {
        "status": _RENTING,
        "extension": int(bool(extend)),
        "messages": [_message(sms) for sms in _came(call, row)],
        "sum": fee.decimal_text(),
        "country": calling_code(row.country),
        "checked_time": "",
        "number": _local(row),
        "rent": 1,
        "tzid": held.short_id(row.id),
        "time": left_s,
        "days": left_s // 86_400,
        "hours": left_s % 86_400 // 3_600,
        "extend": extend,
        "checked": False,
        "reload": 0,
        "day_extend": MONTH_DAYS if extend else 0,
        "m_ext": bool(extend),
        "freeze": row.state is LeaseState.GRACE,
    }


def _ends_at(call: Call, row: LeaseRow) -> datetime:
    """Return when a rent ends as it stands; one that its supplier has yet to give, a month on."""
    if row.paid_until is None:
        return period_of(call.now, index=0, timezone=row.timezone).ends_at
    if row.state is LeaseState.ACTIVE:
        return held.end_if_continued(call.account_id, lease_id=row.id)
    return row.paid_until


def _local(row: LeaseRow) -> str:
    """Return a number without what the protocol calls its country: clients put it in front."""
    digits, code = row.number.digits, str(calling_code(row.country))
    if digits.startswith(code):
        return digits.removeprefix(code)
    return digits.removeprefix(prefix(row.country))


def _came(call: Call, row: LeaseRow) -> list[Sms]:
    return messaging.sms_of(
        call.account_id, lease_id=row.id, direction=Direction.IN, limit=MESSAGES_MAX
    )


def _message(sms: Sms) -> dict[str, Json]:
    text = sms.body or ""
    return {
        "id": held.short_id(sms.id),
        "service": sms.theirs,
        "text": text,
        "code": extract_code(sender=sms.theirs, text=text, pattern=None) or "",
        "created_at": f"{sms.created_at:%Y-%m-%d %H:%M:%S}",
    }


def free_countries() -> HttpResponse:
    """Answer that no country has free numbers: every number here has one holder at a time."""
    return done(countries=[])


def free_numbers() -> HttpResponse:
    """Answer no free numbers."""
    return done(numbers=[])


def free_messages() -> HttpResponse:
    """Answer no messages of free numbers: nobody reads another's messages here."""
    return done(messages=_EMPTY_PAGE)


def free_list() -> HttpResponse:
    """Answer all three of them as empty."""
    return done(countries=[], numbers=[], messages=_EMPTY_PAGE)
