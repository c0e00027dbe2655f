"""The verbs of a purchase."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import connection, transaction

from nummer.apps.accounts import queries as accounts
from nummer.apps.agreements import queries as agreements
from nummer.apps.agreements.queries import AcceptedText
from nummer.apps.catalogue import queries as catalogue
from nummer.apps.catalogue.models import NoticeKind
from nummer.apps.catalogue.queries import Quote
from nummer.apps.ledger import actions as ledger
from nummer.apps.ledger.actions import Book, Leg, TransferKind
from nummer.apps.ledger.errors import WrongCurrency
from nummer.apps.notify import actions as notify
from nummer.apps.numbers import actions as numbers
from nummer.apps.numbers import queries as stock
from nummer.apps.orders.errors import ConsentMissing, KeyReused, PriceAboveMax, TextsOutdated
from nummer.apps.orders.models import Order
from nummer.apps.standing import actions as standing
from nummer.kernel.ids import id_of, new_id
from nummer.kernel.money import Money
from nummer.kernel.phone import PhoneNumber

ACKNOWLEDGED_DOCUMENTS: Final = ("immediate-performance", "one-time-restrictions")
CONFIRMATIONS_PER_LETTER_MAX: Final = 100


@dataclass(frozen=True, slots=True)
class Wish:
    """What a customer orders, with everything he said while ordering.

    `key` is his idempotency key; `texts` are the texts he was shown and ticked; the two consents
    are to immediate performance and to knowing that the right of withdrawal ends with the code.
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


@dataclass(frozen=True, slots=True)
class Placed:
    """An order that stands."""

    order_id: UUID
    activation_id: int
    number: PhoneNumber
    total: Money
    window_ends_at: datetime
    replayed: bool


def place_one_time(account_id: int, *, wish: Wish, now: datetime) -> Placed:
    """Sell one number for one service, once for each `wish.key`.

    Everything happens in one transaction: either the customer has paid and holds the number, or
    nothing has changed. The same key with the same wish returns the first order.
    Refuses: KeyReused, ConsentMissing, TextsOutdated, PriceAboveMax, OutOfStock; catalogue's,
    standing's and accounts' refusals; ledger's WrongCurrency and InsufficientBalance.
    Locks: the key, the slot, the wallet.
    """
    with transaction.atomic():
        _lock_key(account_id, wish.key)
        first = Order.objects.filter(account_id=account_id, key=wish.key).first()
        if first is not None:
            return _replay(first, wish)
        return _place(account_id, wish, now)


def _place(account_id: int, wish: Wish, now: datetime) -> Placed:
    buyer = accounts.require_confirmed(account_id)
    languages = {buyer.locale, *(text.language for text in wish.texts)}
    in_force = agreements.versions_in_force(languages=languages, now=now)
    _require_consents(wish, in_force)
    quote = catalogue.quote(
        service=wish.service,
        country=wish.country,
        currency=buyer.currency,
        customer_country=buyer.country,
        customer_kind=buyer.kind,
        now=now,
    )
    _require_price(wish, quote.total)
    standing.check_order(account_id, service=wish.service, country=wish.country, now=now)
    order_id, key = new_id(), new_id()
    window_s = catalogue.service(wish.service).window_s
    window_ends_at = now + timedelta(seconds=window_s)
    slot = numbers.claim_slot(
        account_id,
        activation_id=key,
        service=wish.service,
        country=wish.country,
        carrier=wish.carrier,
        excluded_prefixes=wish.excluded_prefixes,
        now=now,
    )
    _charge(account_id, order_id=order_id, quote=quote, now=now)
    numbers.open_activation(
        account_id,
        activation_id=key,
        order_id=order_id,
        slot=slot,
        service=wish.service,
        country=wish.country,
        window_ends_at=window_ends_at,
        now=now,
    )
    _write(
        account_id,
        order_id=order_id,
        wish=wish,
        quote=quote,
        window_s=window_s,
        documents=[text for text in in_force if text.language == buyer.locale],
        listing=_listing(wish.service, quote, locale=buyer.locale),
        now=now,
    )
    standing.count_order(account_id, now=now)
    return Placed(
        order_id, slot.public_id, slot.number, quote.total, window_ends_at, replayed=False
    )


def _lock_key(account_id: int, key: UUID) -> None:
    """Let one of several identical calls pass; the others then find its order."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"order:{account_id}:{key}"]
        )


def _replay(first: Order, wish: Wish) -> Placed:
    if (first.service_code, first.country) != (wish.service, wish.country):
        raise KeyReused
    activation = stock.activation_of_order(first.account_id, order_id=first.id)
    return Placed(
        first.id,
        activation.activation_id,
        activation.number,
        Money(first.total_micro, first.currency),
        activation.window_ends_at,
        replayed=True,
    )


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


def _charge(account_id: int, *, order_id: UUID, quote: Quote, now: datetime) -> None:
    legs = [Leg(Book.REVENUE, -quote.net)]
    if quote.tax.micro:
        legs.append(Leg(Book.TAX, -quote.tax))
    ledger.post(
        account_id, id=order_id, kind=TransferKind.ORDER, legs=legs, reference=order_id, now=now
    )


def _write(
    account_id: int,
    *,
    order_id: UUID,
    wish: Wish,
    quote: Quote,
    window_s: int,
    documents: Sequence[AcceptedText],
    listing: dict[str, object],
    now: datetime,
) -> None:
    Order.objects.create(
        account_id=account_id,
        id=order_id,
        key=wish.key,
        kind="one_time",
        service_code=wish.service,
        country=wish.country,
        price_id=quote.price_id,
        net_micro=quote.net.micro,
        tax_micro=quote.tax.micro,
        total_micro=quote.total.micro,
        tax_rate_bp=quote.tax_rate_bp,
        currency=quote.total.currency,
        window_s=window_s,
        surface=wish.surface,
        key_id=wish.key_id,
        consent_immediate_at=now,
        consent_loss_at=now,
        texts=[_text(text) for text in wish.texts if text.document in ACKNOWLEDGED_DOCUMENTS],
        documents=[
            {"document": text.document, "version": text.version, "sha256": text.sha256}
            for text in documents
        ],
        listing=listing,
        placed_at=now,
    )


def _listing(service: str, quote: Quote, *, locale: str) -> dict[str, object]:
    """Return what the page of the product said: its price and its restrictions, by version."""
    restrictions = catalogue.notices(service, kind=NoticeKind.RESTRICTION, language=locale)
    return {
        "price_id": str(quote.price_id),
        "restrictions": [{"code": row.code, "version": row.version} for row in restrictions],
    }


def _text(text: AcceptedText) -> dict[str, str]:
    return {
        "document": text.document,
        "version": text.version,
        "language": text.language,
        "sha256": text.sha256,
    }


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
