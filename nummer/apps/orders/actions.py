"""The verbs of a purchase."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction

from nummer.apps.accounts.errors import NoSuchKey
from nummer.apps.accounts.prepared import prepared_cursor
from nummer.apps.agreements.queries import AcceptedText
from nummer.apps.catalogue import queries as catalogue
from nummer.apps.ledger.errors import InsufficientBalance, WalletMissing, WrongCurrency
from nummer.apps.notify import actions as notify
from nummer.apps.numbers import queries as stock
from nummer.apps.numbers.errors import OutOfStock
from nummer.apps.orders.errors import (
    ConsentMissing,
    KeyReused,
    PriceAboveMax,
    TextsOutdated,
)
from nummer.apps.orders.models import Order
from nummer.apps.orders.terms import Terms
from nummer.apps.orders.terms import terms as terms_of
from nummer.apps.standing import actions as standing
from nummer.kernel.errors import Refusal, Unavailable
from nummer.kernel.ids import id_of, new_id
from nummer.kernel.money import Money
from nummer.kernel.phone import PhoneNumber

ACKNOWLEDGED_DOCUMENTS: Final = ("immediate-performance", "one-time-restrictions")
CONFIRMATIONS_PER_LETTER_MAX: Final = 100
NOTED: Final = timedelta(minutes=1)  # orders_place in SQL says the same
CHANGES_MAX: Final = 3  # prices and texts do not change three times while one order is placed


@dataclass(frozen=True, slots=True)
class Wish:
    """What a customer orders, with everything he said while ordering.

    `key` is his idempotency key; `texts` are the texts he was shown and ticked; the two consents
    are to immediate performance and to knowing that the right of withdrawal ends with the code.
    `note` names a note of `note_purchase`, whose key counts instead of `key` where there is one.
    `dialect` is that of the API key where the caller knew the key from before and did not look.
    """

    service: str
    country: str
    key: UUID
    surface: str
    texts: Sequence[AcceptedText]
    consent_immediate: bool
    consent_loss: bool
    max_price: Money | None = None
    carrier: str | None = None
    excluded_prefixes: Sequence[str] = ()
    key_id: UUID | None = None
    dialect: str | None = None
    note: UUID | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """An order that stands; `noted` if it was placed under the key of a note."""

    order_id: UUID
    activation_id: int
    number: PhoneNumber
    carrier: str
    total: Money
    opened_at: datetime
    window_ends_at: datetime
    replayed: bool
    noted: bool = False


def place_one_time(account_id: int, *, wish: Wish, now: datetime) -> Placed:
    """Sell one number for one service, once for each `wish.key`.

    One statement: either the customer has paid and holds the number, or nothing has changed. The
    same key with the same wish returns the first order.
    Refuses: KeyReused, NoSuchKey (it was withdrawn), ConsentMissing, TextsOutdated,
    PriceAboveMax, OutOfStock; catalogue's, standing's and accounts' refusals; ledger's
    WrongCurrency and InsufficientBalance. Locks: the tally, the slot, the wallet.
    """
    placed = _place_by_what_is_known(account_id, wish, now)
    tries = 0
    while placed is None:
        placed = _place_by_what_holds(account_id, wish, now)
        tries += 1
        if placed is None and tries == CHANGES_MAX:
            raise Unavailable("the price list", retry_after_s=1)
    return placed


def note_purchase(account_id: int, *, note: UUID, now: datetime) -> UUID:
    """Return the key that a purchase is to use, noted for a minute under what was wished for.

    Whoever asks for the same in another form may name the note in his wish, once. Old notes go,
    but for those that another call holds: two that cleared for each other would wait in a circle.
    Locks: the account's old notes, and this one.
    """
    key = new_id()
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, [account_id, now - NOTED, account_id, note, key, now])
    return key


def _place_by_what_is_known(account_id: int, wish: Wish, now: datetime) -> Placed | None:
    """Place it by terms read before; None where these changed or would have refused it."""
    try:
        terms = _terms(account_id, wish, fresh=False, now=now)
        _require(wish, terms)
    except Refusal:
        return None
    return _place(account_id, wish, terms, now)


def _place_by_what_holds(account_id: int, wish: Wish, now: datetime) -> Placed | None:
    """Place it by terms read now; None where they changed in this very moment."""
    try:
        terms = _terms(account_id, wish, fresh=True, now=now)
        _require(wish, terms)
    except Refusal:
        first = _first(account_id, wish)
        if first is None:
            raise
        return first
    return _place(account_id, wish, terms, now)


def _terms(account_id: int, wish: Wish, *, fresh: bool, now: datetime) -> Terms:
    return terms_of(
        account_id,
        service=wish.service,
        country=wish.country,
        languages={text.language for text in wish.texts},
        fresh=fresh,
        now=now,
    )


def _require(wish: Wish, terms: Terms) -> None:
    """Refuses: ConsentMissing, TextsOutdated, WrongCurrency, PriceAboveMax."""
    _require_consents(wish, terms.texts.in_force)
    _require_price(wish, terms.offer.quote.total)


def _require_consents(wish: Wish, in_force: Collection[AcceptedText]) -> None:
    if not (wish.consent_immediate and wish.consent_loss):
        raise ConsentMissing
    shown = {text.document: text for text in wish.texts}
    for document in ACKNOWLEDGED_DOCUMENTS:
        if document not in shown:
            raise ConsentMissing
        if shown[document] not in in_force:
            raise TextsOutdated


def _require_price(wish: Wish, total: Money) -> None:
    if wish.max_price is None:
        return
    if wish.max_price.currency != total.currency:
        raise WrongCurrency
    if wish.max_price < total:
        raise PriceAboveMax(price=str(total), amount=total.decimal_text())


def _first(account_id: int, wish: Wish) -> Placed | None:
    """Return the order that stands under the key, whatever would refuse it today.

    None too for a program whose API key its caller only knew from before and that was withdrawn.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _FIRST, [account_id, wish.key, wish.dialect, account_id, wish.key_id, wish.dialect]
        )
        row = cursor.fetchone()
    return None if row is None else _placed(row, wish, replayed=True, noted=False)


def _place(account_id: int, wish: Wish, terms: Terms, now: datetime) -> Placed | None:
    """Call orders_place; None where the terms no longer hold."""
    quote = terms.offer.quote
    texts = [_text(text) for text in wish.texts if text.document in ACKNOWLEDGED_DOCUMENTS]
    with prepared_cursor() as cursor:
        cursor.execute(
            _PLACE,
            [
                account_id,
                new_id(),
                new_id(),
                wish.key,
                wish.note,
                wish.key_id,
                wish.dialect,
                wish.surface,
                wish.service,
                wish.country,
                wish.carrier,
                [f"+{prefix}%" for prefix in wish.excluded_prefixes],
                terms.buyer.as_buyer,
                terms.tax_country,
                terms.texts.stamp,
                terms.notices.stamp,
                quote.price_id,
                quote.net.micro,
                quote.tax.micro,
                quote.tax_rate_bp,
                quote.total.currency,
                terms.offer.window_s,
                json.dumps(texts),
                terms.texts.documents,
                json.dumps({"price_id": str(quote.price_id)})[:-1]
                + f', "restrictions": {terms.notices.restrictions}}}',
                standing.USUAL_IN_SQL,
                now,
            ],
        )
        outcome, noted, first, second, *row = cursor.fetchone()
    match outcome:
        case "placed" | "replayed":
            return _placed(row, wish, replayed=outcome == "replayed", noted=bool(noted))
        case "changed":
            return None
        case _:
            raise _refusal(
                account_id,
                outcome=outcome,
                first=first,
                second=second,
                wish=wish,
                total=quote.total,
            )


def _placed(row: Sequence[Any], wish: Wish, *, replayed: bool, noted: bool) -> Placed:
    """Return the order of a row. Refuses: KeyReused."""
    order_id, activation_id, e164, carrier, service, country, total, currency, *times = row
    if (service, country) != (wish.service, wish.country):
        raise KeyReused
    return Placed(
        order_id=order_id,
        activation_id=activation_id,
        number=PhoneNumber(e164),
        carrier=carrier,
        total=Money(total, currency),
        opened_at=times[0],
        window_ends_at=times[1],
        replayed=replayed,
        noted=noted,
    )


def _refusal(
    account_id: int,
    *,
    outcome: str,
    first: int | None,
    second: int | None,
    wish: Wish,
    total: Money,
) -> Refusal:
    match outcome:
        case "key_gone":
            return NoSuchKey()
        case "out_of_stock":
            return OutOfStock(service=wish.service, country=wish.country)
        case "no_wallet":
            return WalletMissing()
        case "wrong_currency":
            return WrongCurrency()
        case "insufficient":
            assert first is not None, "the ledger says what can be spent"
            return InsufficientBalance(
                needed=total.decimal_text(),
                spendable=Money(first, total.currency).decimal_text(),
                currency=total.currency,
            )
    refused = standing.refusal(account_id, outcome=outcome, first=first, second=second)
    assert refused is not None, f"an outcome of a purchase is known: {outcome}"
    return refused


def _text(text: AcceptedText) -> dict[str, str]:
    return {
        "document": text.document,
        "version": text.version,
        "language": text.language,
        "sha256": text.sha256,
    }


_ROW: Final = (
    "order_id, activation_id, e164, carrier, service, country, total_micro, currency,"
    " opened_at, window_ends_at"
)
_FIRST: Final = (
    f"SELECT {_ROW} FROM orders_first(%s, %s)"  # noqa: S608 -- constants of this app
    " WHERE %s::text IS NULL OR (SELECT lives FROM accounts_key_lives(%s, %s, %s))"
)
_PLACE: Final = (
    f"SELECT outcome, noted, first, second, {_ROW} FROM orders_place("  # noqa: S608 -- constants of this app
    "%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s::text[], %s, %s, %s, %s, %s, %s, %s, %s, %s,"
    " %s, %s::jsonb, %s::jsonb, %s::jsonb, %s, %s)"
)
_NOTE: Final = """
WITH old AS (
  DELETE FROM orders_note WHERE (account_id, id) IN (
    SELECT account_id, id FROM orders_note
     WHERE account_id = %s AND noted_at <= %s FOR UPDATE SKIP LOCKED))
INSERT INTO orders_note (account_id, id, key, noted_at) VALUES (%s, %s, %s, %s)
ON CONFLICT (account_id, id) DO UPDATE SET key = excluded.key, noted_at = excluded.noted_at
"""


def confirm_by_mail(account_id: int, *, now: datetime) -> None:
    """Send one letter that confirms every order not yet confirmed, oldest first.

    A program that orders a hundred numbers in a minute gets few letters, a person gets one for
    each order. Repeating it sends nothing. Locks: the orders it confirms.
    """
    with transaction.atomic():
        rows = list(
            Order.objects.select_for_update()
            .filter(account_id=account_id, confirmed_at=None)
            .order_by("placed_at", "id")[:CONFIRMATIONS_PER_LETTER_MAX]
        )
        if not rows:
            return
        names = {service.code: service.name for service in catalogue.services(enabled_only=False)}
        notify.send_letter(
            account_id,
            letter="order-confirmation",
            context={"orders": [_for_letter(row, names[row.service_code]) for row in rows]},
            now=now,
            key=id_of("order-confirmation", rows[0].id),
        )
        confirmed = Order.objects.filter(account_id=account_id, id__in=[row.id for row in rows])
        confirmed.update(confirmed_at=now)


def _for_letter(row: Order, service_name: str) -> dict[str, object]:
    activation = stock.activation_of_order(row.account_id, order_id=row.id)
    return {
        "activation_id": activation.activation_id,
        "service": service_name,
        "country": row.country,
        "total": Money(row.total_micro, row.currency).decimal_text(),
        "tax": Money(row.tax_micro, row.currency).decimal_text(),
        "currency": row.currency,
        "placed_at": row.placed_at.isoformat(),
        "window_ends_at": activation.window_ends_at.isoformat(),
        "documents": row.documents,
    }
