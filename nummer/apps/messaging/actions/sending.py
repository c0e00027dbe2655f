"""A rented number sends: checked, priced, its money held and its row written in one call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from nummer.apps.accounts import queries as accounts
from nummer.apps.accounts.queries import AccountRow
from nummer.apps.catalogue import sms_rates
from nummer.apps.leases import queries as leases
from nummer.apps.leases.queries import LeaseRow
from nummer.apps.ledger.errors import IdempotencyConflict
from nummer.apps.messaging.actions import knowing
from nummer.apps.messaging.actions.accepting import accepting
from nummer.apps.messaging.actions.drafting import (
    Accepted,
    Answer,
    Leaving,
    Lot,
    Text,
    parts_of,
)
from nummer.apps.messaging.actions.lane import Steps, run
from nummer.apps.messaging.actions.recipients import recipient
from nummer.apps.messaging.actions.together import Together
from nummer.apps.messaging.errors import NoSuchSms
from nummer.apps.messaging.queries import sent
from nummer.apps.messaging.queries.forms import Direction, Sms, SmsState
from nummer.kernel.errors import Refusal
from nummer.kernel.money import Money
from nummer.kernel.phone import PhoneNumber
from nummer.protocols.sms.alphabets import gsm_encode


@dataclass(frozen=True, slots=True)
class SmsWish:
    """What a customer wants a number of his to send; `key` is his idempotency key."""

    lease_id: UUID
    to: str = field(repr=False)
    body: str = field(repr=False)
    key: UUID
    surface: str
    key_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class SmsPrice:
    """What a text costs, with tax, and how it travels: `encoding` is gsm7 or ucs2."""

    parts: int
    encoding: str
    per_part: Money
    total: Money


_TOGETHER: Final = Together()


def send_sms(account_id: int, *, wish: SmsWish, now: datetime) -> Sms:
    """Accept a text: when this returns, it waits for its carrier and its money is held.

    The same key again returns the first one as it stands. Refuses: NoSuchLease, NumberCannotSend,
    RecipientNotPossible, RecipientIsSender, RecipientOptedOut, TextMissing, TextNotSendable,
    TextTooLong, QuietHours, TooManySms, SendingUnusual, SpendLimitReached, NoRate,
    InsufficientBalance, AccountSuspended, BalanceBlocked, IdempotencyConflict.
    Locks: the account's sender row, the wallet.
    """
    sms, _ = send_sms_once(account_id, wish=wish, now=now)
    return sms


def send_sms_once(account_id: int, *, wish: SmsWish, now: datetime) -> tuple[Sms, bool]:
    """Accept a text as `send_sms` does, and say whether it was this call that did it."""
    (answer,), now = _TOGETHER.accept(_lot(account_id, [wish]), now=now)
    if isinstance(answer, Refusal):
        # What was accepted once stays so, whatever has become of the number or the account since.
        first = sent.of_key(account_id, key=wish.key)
        if first is None:
            raise answer
        return _as_wished(first, wish), False
    if answer.replayed:
        return _as_wished(_sms(account_id, answer.id), wish), False
    return _new(account_id, wish, answer, now=now), True


def sms_price(account_id: int, *, lease_id: UUID, to: str, body: str, now: datetime) -> SmsPrice:
    """Say what a text would cost, exactly as `send_sms` will charge it; an empty one is one part.

    Refuses: NoSuchLease, RecipientNotPossible, RecipientIsSender, TextNotSendable, TextTooLong,
    NoRate.
    """
    lease = leases.lease(account_id, lease_id=lease_id)
    to_whom = recipient(to, ours=lease.number)
    parts = parts_of(body)
    quote = _quote(accounts.account(account_id), lease, to=to_whom, now=now)
    encoding = "ucs2" if gsm_encode(body) is None else "gsm7"
    return SmsPrice(parts, encoding, quote.per_part.total, _times(quote.per_part.total, parts))


@dataclass(frozen=True, slots=True)
class Handed:
    """What a program hands in that names its number instead of the lease."""

    ours: str = field(repr=False)
    to: str = field(repr=False)
    body: str = field(repr=False)
    receipt: bool = False  # whether the program wants to be told what became of it

    @property
    def wanted(self) -> Text:
        """Return it as a text to be accepted; without a key each is another one."""
        return Text(self.ours, self.to, self.body, receipt=self.receipt)


def submit_texts(
    account_id: int, *, texts: Sequence[Handed], surface: str, now: datetime
) -> list[Answer]:
    """Accept texts of one account that came together; each is answered for itself, in order.

    What is accepted is committed with its money when this returns. Refuses what `send_sms` does.
    """
    lot = Lot(account_id, [text.wanted for text in texts], surface)
    (answers,) = run(accepting([lot], now=now))
    return answers


def handing_in(
    handed: Sequence[tuple[int, Handed]],
    *,
    surface: str,
    now: datetime,
    leaving: Leaving | None = None,
) -> Steps[list[Answer]]:
    """Accept texts of several accounts that came together; see `submit_texts`.

    Those that fit into the rooms of `leaving` are the caller's to send, as from `take_outgoing`.
    """
    places: dict[int, list[int]] = {}
    for place, (account_id, _) in enumerate(handed):
        places.setdefault(account_id, []).append(place)
    answers = yield from accepting(
        [
            Lot(account_id, [handed[place][1].wanted for place in mine], surface)
            for account_id, mine in places.items()
        ],
        now=now,
        leaving=leaving,
    )
    told: dict[int, Answer] = {}
    for mine, found in zip(places.values(), answers, strict=True):
        told.update(zip(mine, found, strict=True))
    return [told[place] for place in range(len(handed))]


def submitting(account_id: int, *, wishes: Sequence[SmsWish], now: datetime) -> Steps[list[Answer]]:
    """Accept the texts of one account that came together; each is answered for itself, in order.

    All texts of one call share their surface and key.
    """
    (answers,) = yield from accepting([_lot(account_id, wishes)], now=now)
    return answers


def _lot(account_id: int, wishes: Sequence[SmsWish]) -> Lot:
    return Lot(
        account_id,
        [Text(wish.lease_id, wish.to, wish.body, wish.key) for wish in wishes],
        wishes[0].surface,
        wishes[0].key_id,
    )


def _new(account_id: int, wish: SmsWish, answer: Accepted, *, now: datetime) -> Sms:
    """Return the SMS as it was accepted, without reading it back."""
    sender = knowing.remembered(account_id)
    number = None if sender is None else sender.numbers.get(wish.lease_id)
    if number is None or answer.quote is None:
        return _sms(account_id, answer.id)
    return Sms(
        account_id=account_id,
        id=answer.id,
        lease_id=wish.lease_id,
        direction=Direction.OUT,
        ours=number.phone,
        theirs=recipient(wish.to, ours=number.phone).e164,
        body=wish.body,
        parts=answer.parts,
        state=SmsState.QUEUED,
        error="",
        price=_times(answer.quote.per_part.total, answer.parts),
        created_at=now,
        sent_at=None,
        done_at=None,
    )


def _sms(account_id: int, sms_id: UUID) -> Sms:
    found = sent.one(account_id, sms_id)
    if found is None:
        raise NoSuchSms  # its holder deleted it
    return found


def _as_wished(sms: Sms, wish: SmsWish) -> Sms:
    """Return what the key named first. Refuses: IdempotencyConflict."""
    try:
        to = recipient(wish.to, ours=sms.ours).e164
    except Refusal:
        raise IdempotencyConflict from None
    if (sms.lease_id, sms.body, sms.theirs) != (wish.lease_id, wish.body, to):
        raise IdempotencyConflict
    return sms


def _quote(
    account: AccountRow, lease: LeaseRow, *, to: PhoneNumber, now: datetime
) -> sms_rates.SmsQuote:
    return sms_rates.sms_quote(
        to=to,
        ours_country=lease.country,
        currency=account.currency,
        customer_country=account.country,
        now=now,
    )


def _times(money: Money, parts: int) -> Money:
    return Money(money.micro * parts, money.currency)
