"""The order of a rented number: it is checked, a number is taken, and its money held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction
from procrastinate.contrib.django import app

from nummer.apps.accounts import queries as accounts
from nummer.apps.accounts import sub_accounts
from nummer.apps.accounts.queries import AccountRow
from nummer.apps.agreements import queries as agreements
from nummer.apps.agreements.errors import ConsentMissing, TextsOutdated
from nummer.apps.agreements.queries import AcceptedText
from nummer.apps.catalogue.errors import PriceAboveMax
from nummer.apps.catalogue.leasing import LeaseQuote, lease_quote
from nummer.apps.identity import actions as identity
from nummer.apps.identity.queries import Asked
from nummer.apps.leases import queries
from nummer.apps.leases.actions import letters, rows, stock
from nummer.apps.leases.models import Lease, Period
from nummer.apps.leases.papers import asked_of
from nummer.apps.leases.queries import LeaseRow, lease_row
from nummer.apps.ledger import actions as ledger
from nummer.apps.ledger.actions import TransferKind
from nummer.apps.ledger.errors import KeyReused, WrongCurrency
from nummer.apps.standing import actions as standing
from nummer.apps.standing import queries as suspensions
from nummer.kernel.errors import Refusal
from nummer.kernel.ids import id_of, new_id
from nummer.kernel.jobs import SUPPLY_LEASE, supplier_lane
from nummer.kernel.money import Money
from nummer.kernel.phone import PhoneNumber
from nummer.policy.calendar import contract_timezone
from nummer.policy.lease import LeaseState, supplied_by

LOOKED_AFTER: Final = timedelta(minutes=15)  # when an order that still waits gets another job
HELD_LONGER: Final = timedelta(days=60)  # than an order may wait; papers come on top


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a customer wants to rent, with everything he said while ordering.

    `number` is the one he chose, None for any of its country and kind, and of `city` if he named
    one; with `sms`, any that takes SMS. `key` is his idempotency key; `texts` are those he was
    shown and ticked;
    `consent_immediate` that it begins at once.
    `keep_fee`: the next fee is kept back from the first day on, out of reach of other spending.
    `papers`: what he was told that it needs, and ticked; None where no page asked him.
    `sub_account_id`: whom it is rented for; the account pays (ADR 433).
    `for_one_period`: it ends with its first period unless notice is taken back (ADR 261).
    """

    country: str
    kind: str
    key: UUID
    surface: str
    number: PhoneNumber | None = None
    city: str | None = None
    sms: bool = False
    texts: Sequence[AcceptedText] = ()
    consent_immediate: bool = False
    keep_fee: bool = True
    max_first: Money | None = None
    for_one_period: bool = False
    key_id: UUID | None = None
    sub_account_id: UUID | None = None
    papers: Asked | None = None


def rent(account_id: int, *, wish: Wish, now: datetime) -> LeaseRow:
    """Order a number by the month, once for each `wish.key`; a job asks its supplier then.

    Either the number is the customer's and the set-up and the first month are held, or nothing
    has changed. The same key with the same wish returns the first lease.
    Refuses: KeyReused, ConsentMissing, TextsOutdated, PriceAboveMax, NumberTaken,
    NoNumberForRent, SubAccountNotActive; catalogue's, accounts', agreements' and standing's
    refusals; ledger's WrongCurrency and InsufficientBalance.
    Locks: the sub-account (shared), the number for rent, then the wallet.
    """
    first = _first(account_id, wish)
    if first is not None:
        return first
    try:
        with transaction.atomic():
            return _place(account_id, wish, now)
    except (IntegrityError, Refusal):  # the same key twice at once: the other call has placed it
        first = _first(account_id, wish)
        if first is None:
            raise
        return first


def _first(account_id: int, wish: Wish) -> LeaseRow | None:
    """Return the lease that stands under the key. Refuses: KeyReused."""
    row = Lease.objects.filter(account_id=account_id, key=wish.key).first()
    if row is None:
        return None
    other_number = wish.number is not None and wish.number.e164 != row.e164
    other_city = wish.city is not None and wish.city != row.city
    if wish.sub_account_id != row.sub_account_id:
        raise KeyReused
    if other_number or other_city or (row.country, row.kind) != (wish.country, wish.kind):
        raise KeyReused
    return lease_row(row)


def _place(account_id: int, wish: Wish, now: datetime) -> LeaseRow:
    buyer = accounts.require_confirmed(account_id)
    if wish.sub_account_id is not None:
        sub_accounts.require_active(account_id, sub_account_id=wish.sub_account_id)
    require_allowed(buyer, wish, now)
    quote = lease_quote(
        country=wish.country,
        kind=wish.kind,
        currency=buyer.currency,
        customer_country=accounts.tax_country(buyer),
        now=now,
    )
    require_price(wish, quote.first)
    lease_id = new_id()
    number = stock.take(
        account_id,
        lease_id=lease_id,
        number=wish.number,
        country=wish.country,
        kind=wish.kind,
        city=wish.city,
        sms=wish.sms,
        now=now,
    )
    row = Lease(
        account_id=account_id,
        id=lease_id,
        key=wish.key,
        number_id=number.number_id,
        e164=number.e164,
        country=number.country,
        kind=number.kind,
        city=number.city,
        carrier=number.carrier,
        supplier=number.supplier,
        state=LeaseState.PAID,
        price_id=quote.price_id,
        monthly_net_micro=quote.monthly.net.micro,
        currency=buyer.currency,
        timezone=contract_timezone(buyer.country, otherwise=agreements.operator().zone.key),
        surface=wish.surface,
        key_id=wish.key_id,
        sub_account_id=wish.sub_account_id,
        consent_immediate_at=now,
        texts=[text_of(text) for text in wish.texts],
        documents=documents_of(buyer.locale, now),
        fee_kept=wish.keep_fee,
        for_one_period=wish.for_one_period,
        placed_at=now,
        shown_free=1
        + queries.count_free(country=number.country, kind=number.kind, city=number.city, now=now),
        retry_at=now + LOOKED_AFTER,
    )
    rows.save(row)
    _acknowledge(row, wish, customer=buyer.kind, now=now)
    _hold_first(row, quote, now)
    letters.tell_ordered(row, content=queries.agreed(account_id, lease_id=row.id), now=now)
    defer_supply(row)
    return lease_row(row)


def require_allowed(buyer: AccountRow, wish: Wish, now: datetime) -> None:
    """Require that a customer may rent now, and consented to it.

    Refuses: ConsentMissing, TextsOutdated; agreements' and standing's refusals.
    """
    agreements.require_accepted(buyer.id, now=now)
    if suspensions.renting_stopped(buyer.id):
        refused = standing.refusal(buyer.id, outcome="suspended", first=None, second=None)
        assert refused is not None, "a suspension refuses"
        raise refused
    if not wish.consent_immediate:
        raise ConsentMissing
    languages = {text.language for text in wish.texts}
    in_force = agreements.versions_in_force(languages=languages, now=now) if languages else ()
    if any(text not in in_force for text in wish.texts):
        raise TextsOutdated


def require_price(wish: Wish, due: Money) -> None:
    """Require that a sum is no more than was shown. Refuses: WrongCurrency, PriceAboveMax."""
    if wish.max_first is None:
        return
    if wish.max_first.currency != due.currency:
        raise WrongCurrency
    if wish.max_first < due:
        raise PriceAboveMax(price=str(due), amount=due.decimal_text())


def _acknowledge(row: Lease, wish: Wish, *, customer: str, now: datetime) -> None:
    """Write down what he ticked; papers of another rule were not. Refuses: TextsOutdated."""
    if wish.papers is None:
        return
    if wish.papers != asked_of(row, customer=customer):
        raise TextsOutdated
    if wish.papers:
        identity.acknowledge(row.account_id, order_id=row.id, asked=wish.papers, now=now)


def _hold_first(row: Lease, quote: LeaseQuote, now: datetime) -> None:
    """Write the first period and hold its money. Refuses: InsufficientBalance and the like."""
    period = Period.objects.create(
        account_id=row.account_id,
        id=period_id(row.id, place=0),
        lease_id=row.id,
        place=0,
        monthly_net_micro=quote.monthly.net.micro,
        monthly_tax_micro=quote.monthly.tax.micro,
        setup_net_micro=quote.setup.net.micro,
        setup_tax_micro=quote.setup.tax.micro,
        tax_rate_bp=quote.tax_rate_bp,
        currency=row.currency,
        agreed_at=now,
    )
    ledger.authorise(
        row.account_id,
        id=period.id,
        amount=quote.first,
        kind=TransferKind.ORDER,
        reference=period.id,
        expires_at=supplied_by(now) + HELD_LONGER,
        now=now,
    )


def period_id(lease_id: UUID, *, place: int) -> UUID:
    """Return the id of a period, of its charge, and of what refunds judge: always the same."""
    return id_of("lease-period", lease_id, place)


def defer_supply(row: Lease) -> None:
    """Give a lease the job that asks its supplier, in his lane and the caller's transaction."""
    task = app.configure_task(SUPPLY_LEASE, queue=supplier_lane(row.supplier))
    task.defer(account_id=row.account_id, lease_id=str(row.id))


def text_of(text: AcceptedText) -> dict[str, str]:
    """Return a text that was accepted, as a lease keeps it."""
    return {
        "document": text.document,
        "version": text.version,
        "language": text.language,
        "sha256": text.sha256,
    }


def documents_of(locale: str, now: datetime) -> list[dict[str, str]]:
    """Return the texts in force in a language, as a lease keeps them."""
    in_force = agreements.versions_in_force(languages={locale}, now=now)
    return [
        {"document": text.document, "version": text.version, "sha256": text.sha256}
        for text in in_force
    ]
