"""Texts of rented numbers become rows with their money held: many in one call (ADR 220, ADR 360).

They are checked, priced and sealed with what the process remembers, which asks the database
nothing; the one call that writes them refuses where something of that has changed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final
from uuid import UUID

from nummer.apps.ledger.errors import InsufficientBalance, WalletMissing, WrongCurrency
from nummer.apps.messaging import said
from nummer.apps.messaging.actions import columns
from nummer.apps.messaging.actions.drafting import (
    Accepted,
    Answer,
    Drafts,
    Leaving,
    Lot,
    drafted,
    from_memory,
    read,
    turns_of,
)
from nummer.apps.messaging.actions.fates import HELD_LONGEST
from nummer.apps.messaging.actions.habits import NEW_FOR, USUAL
from nummer.apps.messaging.actions.lane import Aside, Ask, Steps
from nummer.apps.messaging.errors import (
    NumberCannotSend,
    NumberSuspended,
    RecipientOptedOut,
    SendingUnusual,
    SpendLimitReached,
    TooManySms,
)
from nummer.apps.messaging.said import Said
from nummer.apps.messaging.theirs import INDEX_KIND, indexed
from nummer.apps.outbound.register import SMS_CARRIER
from nummer.apps.standing.errors import AccountSuspended, BalanceBlocked
from nummer.kernel.errors import Refusal, Unavailable
from nummer.kernel.ids import new_id, new_ids
from nummer.kernel.money import Money

STALE_MAX: Final = 8  # lists do not change so often while a text is accepted


def accepting(
    lots: Sequence[Lot], *, now: datetime, leaving: Leaving | None = None
) -> Steps[list[list[Answer]]]:
    """Accept texts of several accounts; each is answered for itself, in the order given.

    What is accepted is committed with its money when the last step was taken; a text whose key
    comes twice is accepted once. Refuses, by answering: what `send_sms` does. Raises Unavailable
    where lists change again and again. Locks: sender rows and wallets, in the order of accounts.
    """
    leaving = leaving or Leaving({})
    answers: list[dict[int, Answer]] = [{} for _ in lots]
    waiting = [deque(turns_of(place, lot)) for place, lot in enumerate(lots)]
    while any(waiting):
        turns = [mine[0] for mine in waiting if mine]
        turns.sort(key=lambda turn: turn.lot.account_id)
        drafts: list[Drafts] = []
        for turn in turns:
            known = None if turn.stale else from_memory(turn)
            one = None if known is None else drafted(turn, known, now)
            while one is None:  # at most twice: what is read anew is known
                known = yield Aside(partial(read, turn, now))
                one = drafted(turn, known, now)
            drafts.append(one)
        asked = [one for one in drafts if one.ids]
        for one in asked:
            one.leave(leaving)
        rows = (yield Ask(_ACCEPT, _values(asked, now))) if asked else ()
        told: dict[int, dict[int, tuple[str, UUID | None, int | None]]] = {}
        for lot, place, outcome, sms_id, detail in rows:
            told.setdefault(lot, {})[place] = (outcome, sms_id, detail)
        numbers = iter(range(1, len(asked) + 1))
        for one in drafts:
            found = _answers(one, told[next(numbers)] if one.ids else {})
            if found is None:
                one.turn.stale += 1
                if one.turn.stale > STALE_MAX:
                    raise Unavailable("rates", retry_after_s=1)
                continue
            answers[one.turn.place].update(found)
            waiting[one.turn.place].popleft()
    return [
        [mine[place] for place in range(len(lot.texts))]
        for mine, lot in zip(answers, lots, strict=True)
    ]


_USUAL: Final = columns.integers(
    [USUAL.per_minute, USUAL.per_day, USUAL.new_recipients_per_hour, USUAL.new_abroad_per_day]
)
# One call for each account, in their order; their texts lie one behind the other in the columns.
_PER_TEXT: Final = b"(%s)[l.first:l.last], " * 16
_ACCEPT: Final = (
    b"SELECT l.lot, a.n, a.outcome, a.id, a.detail"
    b" FROM unnest(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
    b" WITH ORDINALITY AS l (account_id, charge_id, currency, country, tax_bp, version, fresh,"
    b" keyed, new, surface, key_id, first, last, first_way, last_way, lot)"
    b" CROSS JOIN LATERAL messaging_accept("
    b"l.account_id, l.charge_id, l.currency, l.country, l.tax_bp::integer, l.version, l.fresh,"
    b" l.keyed, l.new, %s, l.surface, l.key_id, %s, %s, %s, "
    + _PER_TEXT
    + b"(%s)[l.first_way:l.last_way]) a"
)


def _values(asked: Sequence[Drafts], now: datetime) -> list[object]:
    firsts, lasts, first_ways, last_ways = [], [], [], []
    at = way_at = 1
    for one in asked:
        firsts.append(at)
        first_ways.append(way_at)
        at, way_at = at + len(one.ids), way_at + len(one.ways)
        lasts.append(at - 1)
        last_ways.append(way_at - 1)
    senders = [one.known.sender for one in asked]
    lots = [one.turn.lot for one in asked]
    seals, indexes = _sealed(asked)
    numbers = [number for one in asked for number in one.numbers]
    quotes = [quote for one in asked for quote in one.quotes]
    parts = [parts for one in asked for parts in one.parts]
    ids = columns.uuids([sms_id for one in asked for sms_id in one.ids])
    keyed = any(lot.texts[0].key is not None for lot in lots)
    return [
        columns.integers([lot.account_id for lot in lots]),
        columns.uuids([new_id() for _ in lots]),
        columns.texts([sender.currency for sender in senders]),
        columns.texts([sender.country for sender in senders]),
        columns.integers([sender.tax_bp for sender in senders]),
        columns.texts([one.version for one in asked]),
        columns.bools([one.known.read and one.turn.anew for one in asked]),
        columns.bools([lot.texts[0].key is not None for lot in lots]),
        columns.bools([now - sender.created_at < NEW_FOR for sender in senders]),
        columns.texts([lot.surface for lot in lots]),
        columns.uuids([lot.key_id for lot in lots]),
        columns.integers(firsts),
        columns.integers(lasts),
        columns.integers(first_ways),
        columns.integers(last_ways),
        _USUAL,
        SMS_CARRIER,
        now + HELD_LONGEST,
        now,
        ids,
        columns.uuids([key for one in asked for key in one.keys]) if keyed else ids,
        columns.uuids([number.lease_id for number in numbers]),
        columns.texts([number.phone.e164 for number in numbers]),
        columns.bools([number.quiet for number in numbers]),
        columns.octets(seals),
        columns.octets(indexes),
        columns.smallints(parts),
        columns.uuids([quote.rate_id for quote in quotes]),
        columns.integers(
            [quote.per_part.net.micro * n for quote, n in zip(quotes, parts, strict=True)]
        ),
        columns.integers(
            [quote.per_part.tax.micro * n for quote, n in zip(quotes, parts, strict=True)]
        ),
        columns.smallints([way for one in asked for way in one.way_of]),
        columns.bools([not quote.local for quote in quotes]),
        columns.bools([receipt for one in asked for receipt in one.receipts]),
        columns.bools([taken for one in asked for taken in one.taken]),
        columns.uuids(new_ids(len(parts))) if any(any(one.taken) for one in asked) else ids,
        columns.texts([way for one in asked for way in one.ways]),
    ]


def _sealed(asked: Sequence[Drafts]) -> tuple[list[bytes], list[bytes]]:
    """Seal recipients and texts, and index the recipients."""
    seals: list[bytes] = []
    indexes: list[bytes] = []
    for one in asked:
        account_id, keys = one.turn.lot.account_id, one.known.keys
        seals += keys.seal_many(
            [
                said.to_seal(Said(to.e164, body), account_id=account_id, sms_id=sms_id)
                for to, body, sms_id in zip(one.to, one.bodies, one.ids, strict=True)
            ]
        )
        indexes += [keys.digest(INDEX_KIND, indexed(account_id, to.e164)) for to in one.to]
    return seals, indexes


def _answers(
    drafts: Drafts, rows: dict[int, tuple[str, UUID | None, int | None]]
) -> dict[int, Answer] | None:
    """Return what each text is answered, by its place in the lot; None where all was stale."""
    found: dict[int, Answer] = dict(drafts.refused)
    all_alike = rows.get(0)
    if all_alike is not None and all_alike[0] == "stale":
        return None
    for n, place in enumerate(drafts.places):
        if all_alike is not None:
            found[place] = drafts.accepted(n)
        else:
            found[place] = _answer(drafts, n, rows[n + 1])
    return found


def _answer(drafts: Drafts, n: int, row: tuple[str, UUID | None, int | None]) -> Answer:
    outcome, sms_id, detail = row
    match outcome:
        case "accepted":
            return drafts.accepted(n)
        case "replayed":
            assert sms_id is not None, "what stands has an id"
            return Accepted(sms_id, drafts.parts[n], replayed=True)
        case "insufficient":
            per_part, currency = drafts.quotes[n].per_part.total, drafts.known.sender.currency
            return InsufficientBalance(
                needed=Money(per_part.micro * drafts.parts[n], currency).decimal_text(),
                spendable=Money(detail or 0, currency).decimal_text(),
                currency=currency,
            )
        case "spend_limit_reached":
            currency = drafts.known.sender.currency
            limit = Money(detail or 0, currency).decimal_text()
            return SpendLimitReached(limit=limit, currency=currency)
        case "too_many_sms":
            return TooManySms(retry_after_s=detail or 1)
        case _:
            refusal: Refusal = _REFUSALS[outcome]()
            return refusal


_REFUSALS: Final[dict[str, Any]] = {
    "account_suspended": AccountSuspended,
    "balance_blocked": BalanceBlocked,
    "number_cannot_send": NumberCannotSend,
    "number_suspended": NumberSuspended,
    "recipient_opted_out": RecipientOptedOut,
    "sending_unusual": SendingUnusual,
    "no_wallet": WalletMissing,
    "wrong_currency": WrongCurrency,
}
