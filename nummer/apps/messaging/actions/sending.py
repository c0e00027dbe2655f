"""A rented number sends: checked, priced, its money held and its row written in one call."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID

from django.db import transaction

from nummer.apps.accounts import queries as accounts
from nummer.apps.accounts.queries import AccountRow
from nummer.apps.catalogue import sms_rates
from nummer.apps.catalogue.errors import NoRate
from nummer.apps.leases import queries as leases
from nummer.apps.leases.errors import NoSuchLease
from nummer.apps.leases.queries import LeaseRow
from nummer.apps.ledger.errors import (
    IdempotencyConflict,
    InsufficientBalance,
    WalletMissing,
    WrongCurrency,
)
from nummer.apps.messaging import said
from nummer.apps.messaging.actions import columns
from nummer.apps.messaging.actions.fates import HELD_LONGEST
from nummer.apps.messaging.actions.habits import NEW_FOR, USUAL, require_waking_hour
from nummer.apps.messaging.actions.habits import quiet as keeps_quiet
from nummer.apps.messaging.actions.lane import Aside, Ask, Steps, run
from nummer.apps.messaging.actions.recipients import recipient
from nummer.apps.messaging.errors import (
    NumberCannotSend,
    RecipientOptedOut,
    SendingUnusual,
    TextMissing,
    TextNotSendable,
    TextTooLong,
    TooManySms,
)
from nummer.apps.messaging.models import Outgoing
from nummer.apps.messaging.queries.both import sms as one_sms
from nummer.apps.messaging.queries.forms import Sms
from nummer.apps.messaging.said import Said
from nummer.apps.messaging.theirs import INDEX_KIND, indexed
from nummer.apps.standing import queries as standing
from nummer.apps.standing.actions import refusal
from nummer.apps.vault.actions import INDEX_KEY, current_keys, seal_many
from nummer.kernel.errors import Refusal
from nummer.kernel.ids import new_id, new_ids
from nummer.kernel.money import Money
from nummer.kernel.phone import PhoneNumber
from nummer.policy.lease import SERVED
from nummer.protocols.sms.alphabets import gsm_encode
from nummer.protocols.sms.segments import count

# A text of more is a document, and each part that a carrier loses spoils the whole of it.
PARTS_MAX: Final = 10
BODY_CHARACTERS_MAX: Final = 153 * PARTS_MAX


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


@dataclass(frozen=True, slots=True)
class Accepted:
    """A text that stands in its row; `replayed` says that it did before this call."""

    id: UUID
    parts: int
    replayed: bool = False


def send_sms(account_id: int, *, wish: SmsWish, now: datetime) -> Sms:
    """Accept a text: when this returns, it waits for its carrier and its money is held.

    The same key again returns the first one as it stands. Refuses: NoSuchLease, NumberCannotSend,
    RecipientNotPossible, RecipientIsSender, RecipientOptedOut, TextMissing, TextNotSendable,
    TextTooLong, QuietHours, TooManySms, SendingUnusual, NoRate, InsufficientBalance,
    AccountSuspended, BalanceBlocked, IdempotencyConflict. Locks: the account's sender row, the
    wallet.
    """
    with transaction.atomic():
        (answer,) = run(submitting(account_id, wishes=[wish], now=now))
    if isinstance(answer, Refusal):
        raise answer
    sms = one_sms(account_id, sms_id=answer.id)
    if answer.replayed:
        wished = (wish.lease_id, wish.body, recipient(wish.to, ours=sms.ours).e164)
        if (sms.lease_id, sms.body, sms.theirs) != wished:
            raise IdempotencyConflict
    return sms


def sms_price(account_id: int, *, lease_id: UUID, to: str, body: str, now: datetime) -> SmsPrice:
    """Say what a text would cost, exactly as `send_sms` will charge it; an empty one is one part.

    Refuses: NoSuchLease, RecipientNotPossible, RecipientIsSender, TextNotSendable, TextTooLong,
    NoRate.
    """
    lease = leases.lease(account_id, lease_id=lease_id)
    to_whom = recipient(to, ours=lease.number)
    parts = _parts(body)
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


def submit_texts(
    account_id: int, *, texts: Sequence[Handed], surface: str, now: datetime
) -> list[Accepted | Refusal]:
    """Accept texts of one account that came together; each is answered for itself, in order.

    What is accepted is committed with its money when this returns. Refuses what `send_sms` does.
    """
    known = leases.serving(account_id, e164s={text.ours for text in texts})
    places = [place for place, text in enumerate(texts) if text.ours in known]
    answers: list[Accepted | Refusal] = [NumberCannotSend() for _ in texts]
    wishes = [
        SmsWish(known[texts[place].ours], texts[place].to, texts[place].body, new_id(), surface)
        for place in places
    ]
    if wishes:
        with transaction.atomic():
            found = run(submitting(account_id, wishes=wishes, now=now))
            _owe_receipts(account_id, texts, places, found)
        for place, answer in zip(places, found, strict=True):
            answers[place] = answer
    return answers


def submitting(
    account_id: int, *, wishes: Sequence[SmsWish], now: datetime
) -> Steps[list[Accepted | Refusal]]:
    """Accept the texts of one account that came together; each is answered for itself, in order.

    All texts of one call share their surface and key.
    """
    drafts: list[_Draft | Refusal]
    drafts = yield Aside(partial(_drafts, account_id, wishes, now))
    good = [draft for draft in drafts if isinstance(draft, _Draft)]
    rows: list[tuple[int, str, UUID | None, int | None]] = []
    if good:
        values = _values(account_id, good, surface=wishes[0].surface, key_id=wishes[0].key_id)
        rows = yield Ask(_SUBMIT, [*values, now + HELD_LONGEST, now])
    answered = iter(rows)
    return [
        draft if isinstance(draft, Refusal) else _answer(draft, next(answered)) for draft in drafts
    ]


def _owe_receipts(
    account_id: int,
    texts: Sequence[Handed],
    places: Sequence[int],
    answers: Sequence[Accepted | Refusal],
) -> None:
    asked = [
        answer.id
        for place, answer in zip(places, answers, strict=True)
        if texts[place].receipt and isinstance(answer, Accepted)
    ]
    if asked:
        Outgoing.objects.filter(account_id=account_id, id__in=asked).update(receipt_owed=True)


@dataclass(slots=True)
class _Draft:
    """A text that was checked and priced, and its seal."""

    wish: SmsWish
    id: UUID
    ours: str
    to: str
    parts: int
    rate_id: UUID
    net: Money
    tax: Money
    abroad: bool
    routes: str
    new: bool
    seal: bytes = b""
    index: bytes = b""


def _drafts(account_id: int, wishes: Sequence[SmsWish], now: datetime) -> list[_Draft | Refusal]:
    if standing.suspended(account_id):
        return [_suspended(account_id) for _ in wishes]
    account = accounts.account(account_id)
    known = {wish.lease_id: _lease(account_id, wish.lease_id) for wish in wishes}
    quiet = {lease_id for lease_id in known if keeps_quiet(account_id, lease_id=lease_id)}
    checked = [
        _checked(wish, known[wish.lease_id], keeps_quiet=wish.lease_id in quiet, now=now)
        for wish in wishes
    ]
    drafts = _priced(account, checked, now=now)
    good = [draft for draft in drafts if isinstance(draft, _Draft)]
    seals = seal_many(
        [
            said.to_seal(Said(draft.to, draft.wish.body), account_id=account_id, sms_id=draft.id)
            for draft in good
        ]
    )
    keys = current_keys({INDEX_KEY})
    indexes = [keys.digest(INDEX_KIND, indexed(account_id, draft.to)) for draft in good]
    for draft, seal, index in zip(good, seals, indexes, strict=True):
        draft.seal, draft.index = seal, index
    return drafts


def _suspended(account_id: int) -> Refusal:
    refused = refusal(account_id, outcome="suspended", first=None, second=None)
    assert refused is not None, "a suspended account is refused"
    return refused


def _lease(account_id: int, lease_id: UUID) -> LeaseRow | Refusal:
    try:
        lease = leases.lease(account_id, lease_id=lease_id)
    except NoSuchLease as unknown:
        return unknown
    return lease if lease.state in SERVED else NumberCannotSend()


@dataclass(frozen=True, slots=True)
class _Checked:
    """A wish that can be sent, if it has a price."""

    wish: SmsWish
    lease: LeaseRow
    to: PhoneNumber
    parts: int


def _checked(
    wish: SmsWish, lease: LeaseRow | Refusal, *, keeps_quiet: bool, now: datetime
) -> _Checked | Refusal:
    if isinstance(lease, Refusal):
        return lease
    try:
        to = recipient(wish.to, ours=lease.number)
        if not wish.body:
            raise TextMissing
        parts = _parts(wish.body)
        if keeps_quiet:
            require_waking_hour(to, now=now)
    except Refusal as refused:
        return refused
    return _Checked(wish, lease, to, parts)


def _priced(
    account: AccountRow, checked: Sequence[_Checked | Refusal], *, now: datetime
) -> list[_Draft | Refusal]:
    """Look up what each costs and which way it goes; two statements for each country of ours."""
    good = [one for one in checked if isinstance(one, _Checked)]
    routes = sms_rates.routes_to_each(to=[one.to for one in good], now=now) if good else []
    own_way = not all(routes) and not sms_rates.any_route()
    quotes: dict[int, sms_rates.SmsQuote | None] = {}
    for country in sorted({one.lease.country for one in good}):
        here = [n for n, one in enumerate(good) if one.lease.country == country]
        found = sms_rates.sms_quotes(
            to=[good[n].to for n in here],
            ours_country=country,
            currency=account.currency,
            customer_country=account.country,
            now=now,
        )
        quotes.update(zip(here, found, strict=True))
    priced = iter([(quotes[n], routes[n]) for n in range(len(good))])
    ids = iter(new_ids(len(good)))
    return [
        one
        if isinstance(one, Refusal)
        else _draft(account, one, *next(priced), own_way=own_way, sms_id=next(ids), now=now)
        for one in checked
    ]


def _draft(
    account: AccountRow,
    checked: _Checked,
    quote: sms_rates.SmsQuote | None,
    routes: Sequence[sms_rates.Route],
    *,
    own_way: bool,
    sms_id: UUID,
    now: datetime,
) -> _Draft | Refusal:
    way = None if quote is None else _way(checked.lease, routes, own_way=own_way, quote=quote)
    if quote is None or way is None:
        return NoRate()
    return _Draft(
        wish=checked.wish,
        id=sms_id,
        ours=checked.lease.number.e164,
        to=checked.to.e164,
        parts=checked.parts,
        rate_id=quote.rate_id,
        net=_times(quote.per_part.net, checked.parts),
        tax=_times(quote.per_part.tax, checked.parts),
        abroad=not quote.local,
        routes=way,
        new=now - account.created_at < NEW_FOR,
    )


def _parts(body: str) -> int:
    """Return how many parts a text takes. Refuses: TextTooLong, TextNotSendable."""
    if len(body) > BODY_CHARACTERS_MAX:
        raise TextTooLong(parts=-(-len(body) // 153), parts_max=PARTS_MAX)
    if any("\ud800" <= char <= "\udfff" for char in body):
        raise TextNotSendable
    parts = count(body)
    if parts > PARTS_MAX:
        raise TextTooLong(parts=parts, parts_max=PARTS_MAX)
    return parts


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


def _way(
    lease: LeaseRow, routes: Sequence[sms_rates.Route], *, own_way: bool, quote: sms_rates.SmsQuote
) -> str | None:
    """Return the carriers that may have a text, the best first, as the row keeps them.

    Where the operator keeps no routes at all (`own_way`), the carrier of the number itself takes
    it, at a cost that is not known. None where no route goes there, or each costs more than it
    brings.
    """
    if not routes and own_way:
        return json.dumps([[lease.carrier, "", None, "", 0]])
    earning = sms_rates.earning(routes, quote=quote)
    if not earning:
        return None
    return json.dumps(
        [
            [
                each.carrier,
                each.supplier,
                each.cost.micro,
                each.cost.currency,
                each.throughput_per_s,
            ]
            for each in earning
        ]
    )


def _times(money: Money, parts: int) -> Money:
    return Money(money.micro * parts, money.currency)


_USUAL: Final = columns.integers(
    [
        USUAL.per_minute,
        USUAL.per_day,
        USUAL.new_recipients_per_hour,
        USUAL.new_abroad_per_day,
    ]
)
_SUBMIT: Final = (
    b"SELECT n, outcome, id, detail FROM messaging_submit("
    b"%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
)


def _values(
    account_id: int, drafts: Sequence[_Draft], *, surface: str, key_id: UUID | None
) -> list[object]:
    return [
        account_id,
        new_id(),
        drafts[0].net.currency,
        columns.uuids([draft.id for draft in drafts]),
        columns.uuids([draft.wish.key for draft in drafts]),
        columns.uuids([draft.wish.lease_id for draft in drafts]),
        columns.texts([draft.ours for draft in drafts]),
        columns.texts([draft.ours for draft in drafts]),
        columns.octets([draft.seal for draft in drafts]),
        columns.octets([draft.index for draft in drafts]),
        columns.smallints([draft.parts for draft in drafts]),
        columns.uuids([draft.rate_id for draft in drafts]),
        columns.integers([draft.net.micro for draft in drafts]),
        columns.integers([draft.tax.micro for draft in drafts]),
        columns.texts([draft.routes for draft in drafts]),
        columns.bools([draft.abroad for draft in drafts]),
        drafts[0].new,
        _USUAL,
        surface,
        key_id,
    ]


def _answer(draft: _Draft, row: tuple[int, str, UUID | None, int | None]) -> Accepted | Refusal:
    _, outcome, sms_id, detail = row
    match outcome:
        case "accepted" | "replayed":
            assert sms_id is not None, "what stands has an id"
            return Accepted(sms_id, draft.parts, replayed=outcome == "replayed")
        case "insufficient":
            return InsufficientBalance(
                needed=(draft.net + draft.tax).decimal_text(),
                spendable=Money(detail or 0, draft.net.currency).decimal_text(),
                currency=draft.net.currency,
            )
        case "number_cannot_send":
            return NumberCannotSend()
        case "recipient_opted_out":
            return RecipientOptedOut()
        case "too_many_sms":
            return TooManySms(retry_after_s=detail or 1)
        case "sending_unusual":
            return SendingUnusual()
        case "no_wallet":
            return WalletMissing()
        case "wrong_currency":
            return WrongCurrency()
        case _:
            raise AssertionError(f"messaging_submit does not answer {outcome}")
