"""What tests of invoices share: months of sales, and the sweep that writes their documents."""

from __future__ import annotations

from datetime import datetime, timedelta

from nummer.apps.invoices import jobs
from nummer.apps.invoices.actions import close_month, write_documents
from nummer.apps.invoices.models import Owed
from nummer.apps.ledger import actions as ledger
from nummer.apps.ledger.actions import Book, Leg, TransferKind
from nummer.apps.orders.models import Order
from nummer.config.sweeper import Swept, sweep_until
from nummer.kernel.ids import new_id
from nummer.kernel.money import Money
from nummer.policy.tax import TaxMonth
from tests import builders

MONTH = TaxMonth(2026, 11)
AFTER = datetime.fromisoformat("2026-12-01T12:00:00+01:00")


def sell(
    account_id: int,
    *,
    net: str = "0.40",
    tax: str = "0.10",
    rate_bp: int = 2500,
    currency: str = "EUR",
    at: datetime = builders.NOW,
) -> Order:
    """Book a sale and its order as a purchase does, at any moment and in any currency."""
    order = Order(
        account_id=account_id,
        id=new_id(),
        key=new_id(),
        kind="one_time",
        service_code="tg",
        country="NO",
        price_id=new_id(),
        net_micro=Money.parse(net, currency).micro,
        tax_micro=Money.parse(tax, currency).micro,
        total_micro=Money.parse(net, currency).micro + Money.parse(tax, currency).micro,
        tax_rate_bp=rate_bp,
        currency=currency,
        window_s=1200,
        surface="test",
        consent_immediate_at=at,
        consent_loss_at=at,
        texts=[],
        documents=[],
        listing={},
        placed_at=at,
        confirmed_at=at,
    )
    order.save(force_insert=True)
    legs = [Leg(Book.REVENUE, -Money(order.net_micro, currency))]
    if order.tax_micro:
        legs.append(Leg(Book.TAX, -Money(order.tax_micro, currency)))
    ledger.post(
        account_id, id=order.id, kind=TransferKind.ORDER, legs=legs, reference=order.id, now=at
    )
    return order


def give_back(
    order: Order,
    *,
    net: str | None = None,
    tax: str | None = None,
    at: datetime = builders.NOW + timedelta(hours=1),
) -> None:
    """Book a refund of an order, whole unless said otherwise."""
    parts = {
        Book.REVENUE: Money.parse(net, order.currency) if net else None,
        Book.TAX: Money.parse(tax, order.currency) if tax else None,
    }
    if net is None:
        parts = {
            Book.REVENUE: Money(order.net_micro, order.currency),
            Book.TAX: Money(order.tax_micro, order.currency),
        }
    ledger.post(
        order.account_id,
        id=new_id(),
        kind=TransferKind.REFUND,
        legs=[Leg(book, part) for book, part in parts.items() if part],
        reference=order.id,
        now=at,
    )


def sweep(until: datetime = AFTER) -> Swept:
    """Let the sweeper do what is due of invoices, as an installation does."""
    return sweep_until(until, sources=jobs.DUE_SOURCES)


def write_all(month: TaxMonth = MONTH, *, now: datetime = AFTER) -> list[str]:
    """Close a month and write what everybody is owed, in the order of the accounts."""
    close_month(month, now=now)
    accounts = Owed.objects.filter(month=month.first_day).order_by("account_id")
    return [
        number
        for account_id in list(accounts.values_list("account_id", flat=True))
        for number in write_documents(account_id, month=month, now=now)
    ]
