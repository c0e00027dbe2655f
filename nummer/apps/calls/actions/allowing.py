"""A rented number calls: who may, where to, for how long with what is there."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection

from nummer.apps.accounts import queries as accounts
from nummer.apps.calls import errors
from nummer.apps.calls.content import sealed_number, theirs_index
from nummer.apps.calls.models import Call, Line
from nummer.apps.calls.packages import package_to_use
from nummer.apps.catalogue.call_rates import CallQuote, Trunk, call_quote, trunks_to
from nummer.apps.catalogue.errors import NoRate
from nummer.apps.leases import queries as leases
from nummer.apps.leases.queries import LeaseRow
from nummer.apps.ledger.errors import InsufficientBalance
from nummer.apps.standing.errors import AccountSuspended, BalanceBlocked
from nummer.kernel.errors import Refusal
from nummer.kernel.ids import id_of
from nummer.kernel.money import Money
from nummer.kernel.phone import PhoneNumber
from nummer.policy.calls import Barred, affordable_s, charge, destination_of
from nummer.policy.calls.destinations import CLOSED, Destination

SLICE_S: Final = 300  # so long is granted at once
MORE_S: Final = 60  # so long before its end a slice is followed by the next
RINGS_S: Final = 180  # after so long without an answer the engine gives a call up
GRACE_S: Final = 60  # the engine's word about an end comes within
AT_ONCE_MAX: Final = 10
PER_SECOND_MAX: Final = 5
# Longer than any call is left without its end, so that no hold frees itself before it is settled.
HELD_LONGER: Final = timedelta(days=2)
_TRIES_MAX: Final = 4  # what is left changes while it is asked for: another call ends or begins


@dataclass(frozen=True, slots=True)
class Wish:
    """A call that a customer's device asks for.

    `dialog` is by what the engine knows it, the same when it asks again; `dialled` is as the device
    sent it.
    """

    dialog: bytes
    lease_id: UUID
    dialled: str = field(repr=False)
    device_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Allowed:
    """A call that may go on: by these carriers, the best first, shown as this number."""

    id: UUID
    talk_s: int
    to: PhoneNumber = field(repr=False)
    shown_as: PhoneNumber = field(repr=False)
    carriers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Asked:
    wish: Wish
    lease: LeaseRow
    to: PhoneNumber
    destination: Destination
    quote: CallQuote
    trunks: list[Trunk]


@dataclass(frozen=True, slots=True)
class _Slice:
    """What is kept for so much talk: seconds of a package, and money."""

    talk_s: int
    package_id: UUID | None
    package_s: int
    held_micro: int


def allow(account_id: int, *, wish: Wish, now: datetime) -> Allowed:
    """Let a call go on, its first slice paid for; the same dialog again gets the first answer.

    Refuses: NoSuchLease, EmergencyCall, NumberNotPossible, DestinationClosed, NotSoldToCall,
    NumberCannotCall, AccountSuspended, BalanceBlocked, TooManyCalls, CallsTooFast,
    CallSpendLimit, InsufficientBalance, CallOver. Locks: the account's line, a package, the wallet.
    """
    asked = _asked(account_id, wish, now=now)
    most_micro: int | None = None
    short: str = "insufficient"
    for _ in range(_TRIES_MAX):
        part = _slice(account_id, asked.quote, most_micro=most_micro, now=now)
        if part.talk_s == 0:
            break
        outcome, call_id, left_micro = _open(account_id, asked, part, now=now)
        if outcome in _GRANTED:
            return _allowed(account_id, asked, call_id)
        if outcome in _SHORT:
            most_micro, short = left_micro, outcome
        elif outcome != "package_changed":
            raise _REFUSED[outcome]
    if short == "call_spend_limit":
        raise errors.CallSpendLimit
    raise _too_poor(asked.quote, most_micro or 0)


_GRANTED: Final = ("allowed", "replayed")
_SHORT: Final = ("insufficient", "call_spend_limit")
_REFUSED: Final[dict[str, type[Refusal]]] = {
    "account_suspended": AccountSuspended,
    "balance_blocked": BalanceBlocked,
    "number_suspended": errors.NumberCannotCall,
    "number_cannot_call": errors.NumberCannotCall,
    "too_many_calls": errors.TooManyCalls,
    "calls_too_fast": errors.CallsTooFast,
}


def _asked(account_id: int, wish: Wish, *, now: datetime) -> _Asked:
    lease = leases.lease(account_id, lease_id=wish.lease_id)
    found = destination_of(wish.dialled, region=lease.country)
    if isinstance(found, Barred):
        raise _BARRED[found]
    digits, destination = found
    if destination in CLOSED and destination not in _opened(account_id):
        raise errors.DestinationClosed
    to = PhoneNumber(f"+{digits}")
    account = accounts.account(account_id)
    try:
        quote = call_quote(
            to=to,
            ours_country=lease.country,
            currency=account.currency,
            customer_country=account.country,
            now=now,
        )
    except NoRate:
        raise errors.NotSoldToCall from None
    trunks = trunks_to(to=to, now=now)
    if not trunks:
        raise errors.NotSoldToCall
    return _Asked(wish, lease, to, destination, quote, trunks)


_BARRED: Final[dict[Barred, type[Refusal]]] = {
    Barred.EMERGENCY: errors.EmergencyCall,
    Barred.NO_NUMBER: errors.NumberNotPossible,
}


def _opened(account_id: int) -> set[str]:
    lists = Line.objects.filter(account_id=account_id).values_list("opened", flat=True)
    return set(next(iter(lists), []))


def _slice(account_id: int, quote: CallQuote, *, most_micro: int | None, now: datetime) -> _Slice:
    """Return what to keep for the first slice, with no more money than `most_micro`."""
    package = package_to_use(account_id, local=quote.local, now=now)
    left_s = 0 if package is None else package.left_s
    package_s = min(quote.terms.billed_s(SLICE_S), left_s)
    talk_s = SLICE_S
    if most_micro is not None:
        talk_s = affordable_s(
            quote.terms,
            micro=max(most_micro, 0),
            tax_bp=quote.tax_bp,
            package_s=package_s,
            most_s=SLICE_S,
        )
    cost = charge(quote.terms, talk_s=talk_s, tax_bp=quote.tax_bp, package_s=package_s)
    package_id = package.id if package is not None and package_s else None
    return _Slice(talk_s, package_id, package_s, cost.total_micro)


def _open(
    account_id: int, asked: _Asked, part: _Slice, *, now: datetime
) -> tuple[str, UUID, int | None]:
    quote, best, terms = asked.quote, asked.trunks[0], asked.quote.terms
    call_id = id_of("call", account_id, asked.wish.dialog.hex())
    given: dict[str, Any] = {
        "account_id": account_id,
        "id": call_id,
        "dialog": asked.wish.dialog,
        "lease_id": asked.lease.id,
        "device_id": asked.wish.device_id,
        "ours": asked.lease.number.e164,
        "theirs_index": theirs_index(account_id, asked.to.e164),
        "content": sealed_number(account_id, call_id, asked.to.e164),
        "destination": asked.destination.value,
        "carrier": best.carrier,
        "cost_id": best.cost_id,
        "rate_id": quote.rate_id,
        "local": quote.local,
        "currency": quote.currency,
        "tax_bp": quote.tax_bp,
        "setup": terms.setup_micro,
        "minute": terms.minute_micro,
        "minimum": terms.minimum_s,
        "step": terms.step_s,
        "free": terms.free_s,
        "package_id": part.package_id,
        "package_s": part.package_s,
        "allowed_s": part.talk_s,
        "held": part.held_micro,
        "usual": [AT_ONCE_MAX, PER_SECOND_MAX],
        "hold_until": now + HELD_LONGER,
        "due_at": now + timedelta(seconds=RINGS_S + part.talk_s + GRACE_S),
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, given)
        (row,) = cursor.fetchall()
    outcome, found, detail = row
    return str(outcome), found or call_id, detail


_OPEN: Final = """
SELECT outcome, id, detail FROM calls_open(
  %(account_id)s, %(id)s, %(dialog)s, %(lease_id)s, %(device_id)s, %(ours)s, %(theirs_index)s,
  %(content)s, %(destination)s, %(carrier)s, %(cost_id)s, %(rate_id)s, %(local)s, %(currency)s,
  %(tax_bp)s, %(setup)s, %(minute)s, %(minimum)s::smallint, %(step)s::smallint,
  %(free)s::smallint, %(package_id)s, %(package_s)s, %(allowed_s)s, %(held)s, %(usual)s,
  %(hold_until)s, %(due_at)s, %(now)s)
"""


def _allowed(account_id: int, asked: _Asked, call_id: UUID) -> Allowed:
    row = Call.objects.get(account_id=account_id, id=call_id)
    if row.ended_at is not None:
        raise errors.CallOver
    return Allowed(
        id=call_id,
        talk_s=row.allowed_s,
        to=asked.to,
        shown_as=asked.lease.number,
        carriers=tuple(trunk.carrier for trunk in asked.trunks),
    )


def _too_poor(quote: CallQuote, left_micro: int) -> InsufficientBalance:
    least = charge(quote.terms, talk_s=1, tax_bp=quote.tax_bp).total_micro
    return InsufficientBalance(
        needed=Money(least, quote.currency).decimal_text(),
        spendable=Money(max(left_micro, 0), quote.currency).decimal_text(),
        currency=quote.currency,
    )
