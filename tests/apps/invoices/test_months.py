"""Documents of a month: what they cover, their sums, their numbers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nummer.apps.invoices.actions import close_month, write_documents
from nummer.apps.invoices.models import Document, Line, Owed, Series
from nummer.apps.invoices.queries import audit_lines, documents
from nummer.apps.invoices.queries.totals import tax_totals
from nummer.apps.ledger import actions as ledger
from nummer.apps.ledger.actions import Book, Leg, TransferKind
from nummer.kernel.ids import new_id
from nummer.kernel.money import Money
from nummer.policy.tax import TaxMonth
from tests import builders
from tests.apps.invoices.world import AFTER, MONTH, give_back, sell, sweep, write_all

pytestmark = pytest.mark.usefixtures("texts")

NOV_30 = datetime.fromisoformat("2026-11-30T23:59:59.999999+01:00")
DEC_1 = datetime.fromisoformat("2026-12-01T00:00:00+01:00")


@pytest.fixture(autouse=True)
def _invariants(texts: None) -> Iterator[None]:
    yield
    assert [line for line in audit_lines(now=AFTER) if line[1]] == []


def rows(account_id: int) -> list[tuple[str, str, str, str]]:
    return [
        (row.number, str(row.month), row.net.decimal_text(), row.tax.decimal_text())
        for row in reversed(documents(account_id))
    ]


def test_a_month_of_sales_becomes_one_invoice() -> None:
    who = builders.customer()
    for _ in range(3):
        sell(who)

    assert write_all() == ["INV-2026-000001"]

    assert rows(who) == [("INV-2026-000001", "2026-11", "1.20", "0.30")]
    line = Line.objects.get(account_id=who)
    assert (line.quantity, line.net_micro, line.tax_micro) == (3, 1_200_000, 300_000)
    assert (line.service_code, line.country, line.tax_country) == ("tg", "NO", "NO")


def test_a_top_up_is_no_sale() -> None:
    who = builders.customer(balance="50.00")

    assert write_all() == []
    assert rows(who) == []
    assert not Series.objects.exists()


def test_refunds_reverse_their_own_tax_in_a_credit_note() -> None:
    who = builders.customer()
    sell(who)
    give_back(sell(who, net="1.00", tax="0.25"))

    assert write_all() == ["INV-2026-000001", "CRN-2026-000001"]

    assert rows(who) == [
        ("INV-2026-000001", "2026-11", "1.40", "0.35"),
        ("CRN-2026-000001", "2026-11", "1.00", "0.25"),
    ]
    credited = Line.objects.get(account_id=who, of_serial__isnull=False)
    assert (credited.of_year, credited.of_serial) == (2026, 1)


def test_a_refund_of_an_earlier_month_names_its_invoice() -> None:
    who = builders.customer()
    order = sell(who)
    write_all()
    give_back(order, net="0.20", tax="0.05", at=AFTER)

    write_all(MONTH.next, now=AFTER + timedelta(days=31))

    line = Line.objects.get(account_id=who, tax_micro=50_000)
    assert (line.of_year, line.of_serial) == (2026, 1)
    assert rows(who)[1] == ("CRN-2027-000001", "2026-12", "0.20", "0.05")


def test_a_month_ends_at_midnight_where_the_operator_lives() -> None:
    who = builders.customer()
    sell(who, at=NOV_30)
    sell(who, at=DEC_1)

    write_all()
    write_all(MONTH.next, now=AFTER + timedelta(days=31))

    assert rows(who) == [
        ("INV-2026-000001", "2026-11", "0.40", "0.10"),
        ("INV-2027-000001", "2026-12", "0.40", "0.10"),
    ]


def test_what_is_booked_late_comes_with_the_next_month() -> None:
    who = builders.customer()
    sell(who, at=DEC_1)  # before the invoices of November are written
    order = sell(who, at=NOV_30)
    write_all()
    give_back(order, at=NOV_30)  # a window that ended while the machine was off
    sell(who, at=NOV_30)

    write_all(MONTH.next, now=AFTER + timedelta(days=31))

    assert rows(who) == [
        ("INV-2026-000001", "2026-11", "0.40", "0.10"),
        ("INV-2027-000001", "2026-12", "0.80", "0.20"),
        ("CRN-2027-000001", "2026-12", "0.40", "0.10"),
    ]


def test_writing_twice_writes_once() -> None:
    who = builders.customer()
    sell(who)
    write_all()

    assert close_month(MONTH, now=AFTER) == 0
    assert write_documents(who, month=MONTH, now=AFTER) == []
    assert Series.objects.get(kind="invoice").last == 1


def test_a_failed_writing_leaves_no_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = builders.customer(), builders.customer()
    sell(first)
    sell(second)
    close_month(MONTH, now=AFTER)
    with monkeypatch.context() as broken:
        broken.setattr(Line.objects, "bulk_create", _fail)
        with pytest.raises(RuntimeError):
            write_documents(first, month=MONTH, now=AFTER)

    assert write_documents(second, month=MONTH, now=AFTER) == ["INV-2026-000001"]
    assert write_documents(first, month=MONTH, now=AFTER) == ["INV-2026-000002"]


def _fail(*args: object, **kwargs: object) -> None:
    raise RuntimeError("the machine stops here")


def test_the_sweeper_writes_on_the_first_and_once() -> None:
    who, idle = builders.customer(), builders.customer(balance="0.00")
    sell(who)

    assert sweep(DEC_1 + timedelta(minutes=59)).fired == 0
    swept = sweep(DEC_1 + timedelta(hours=7, minutes=2))

    assert swept.failed == 0
    assert [row.number for row in documents(who)] == ["INV-2026-000001"]
    assert documents(idle) == []
    assert sweep().fired == 0
    issued_at = Document.objects.get(account_id=who).issued_at.astimezone(DEC_1.tzinfo)
    assert issued_at.date() == DEC_1.date()


def test_months_that_were_missed_are_written_in_their_order() -> None:
    who = builders.customer()
    sell(who)
    sell(who, at=AFTER)

    sweep(AFTER + timedelta(days=80))

    assert [row[:2] for row in rows(who)] == [
        ("INV-2026-000001", "2026-11"),
        ("INV-2027-000001", "2026-12"),
    ]


def test_an_earlier_month_that_is_still_owed_is_written_first() -> None:
    who = builders.customer()
    sell(who)
    close_month(MONTH, now=AFTER)
    sell(who, at=AFTER)
    later = AFTER + timedelta(days=31)
    close_month(MONTH.next, now=later)

    write_documents(who, month=MONTH.next, now=later)

    assert [row[1:3] for row in rows(who)] == [("2026-11", "0.40"), ("2026-12", "0.40")]
    assert not Owed.objects.exists()


def test_promo_money_that_ends_is_no_refund() -> None:
    who = builders.customer()
    sell(who)
    ledger.post(
        who,
        id=new_id(),
        kind=TransferKind.GOODWILL,
        legs=[Leg(Book.GOODWILL_COST, Money.parse("1.00", "EUR"))],
        reference=new_id(),
        now=builders.NOW,
    )

    assert write_all() == ["INV-2026-000001"]


def test_a_sale_that_is_reversed_is_credited() -> None:
    who = builders.customer()
    order = sell(who)
    ledger.reverse(who, id=new_id(), of=order.id, now=builders.NOW)

    assert write_all() == ["INV-2026-000001", "CRN-2026-000001"]


def account_in(currency: str) -> int:
    """Return a customer whose wallet is of any currency."""
    login = builders.agreements.sign_up(
        email=f"{new_id().hex}@example.com",
        password="correct horse battery",
        phone=None,
        kind="person",
        country="NO",
        currency=currency,
        locale="en",
        accepted=[
            text.as_accepted()
            for text in builders.texts.texts_to_accept(
                builders.texts.SIGN_UP_DOCUMENTS, language="en", now=builders.NOW
            )
        ],
        surface="test",
        now=builders.NOW,
    )
    assert login.account is not None
    who = int(login.account.id)
    ledger.open_wallet(who, currency=currency, now=builders.NOW)
    ledger.post(
        who,
        id=new_id(),
        kind=TransferKind.TOPUP,
        legs=[Leg(Book.PROVIDER_CLEARING, Money.parse("100000", currency))],
        reference=new_id(),
        now=builders.NOW,
    )
    return who


@pytest.mark.parametrize(
    ("currency", "net", "tax", "sums"),
    [
        pytest.param("JPY", "61", "16", ("183", "48"), id="JPY has no coins below a yen"),
        pytest.param("KWD", "0.125", "0.032", ("0.375", "0.096"), id="KWD has thousandths"),
    ],
)
def test_sums_are_in_coins_of_the_currency(
    currency: str, net: str, tax: str, sums: tuple[str, str]
) -> None:
    who = account_in(currency)
    for _ in range(3):
        sell(who, net=net, tax=tax, currency=currency)

    write_all()

    assert rows(who)[0][2:] == sums


def test_the_tax_of_a_month_reconciles_with_the_ledger() -> None:
    here, there = builders.customer(), builders.customer(country="DE")
    sell(here)
    order = sell(there, net="1.00", tax="0.19", rate_bp=1900)
    give_back(order, net="0.50", tax="0.10")
    sell(there, at=AFTER)
    write_all()

    totals = tax_totals(MONTH)

    assert totals.reconciled
    assert [
        (row.country, row.rate_bp, row.kind, row.net.decimal_text(), row.tax.decimal_text())
        for row in totals.rows
    ] == [
        ("DE", 1900, "invoice", "1.00", "0.19"),
        ("DE", 1900, "credit_note", "0.50", "0.10"),
        ("NO", 2500, "invoice", "0.40", "0.10"),
    ]
    assert totals.booked == {"EUR": (Money(900_000, "EUR"), Money(190_000, "EUR"))}


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["sell", "give back", "write"]),
        st.integers(1, 500),
        st.integers(0, 45 * 24),
    ),
    max_size=14,
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(STEPS)
def test_whatever_happens_each_sale_is_on_one_document(steps: list[tuple[str, int, int]]) -> None:
    who = builders.customer(balance="9000.00")
    open_orders = []
    month = MONTH
    sold = Money(0, "EUR")
    for what, cents, hours in steps:
        at = builders.NOW + timedelta(hours=hours)
        match what:
            case "sell":
                net = Money(cents * 10_000, "EUR")
                tax = net.share_up(2500, 10_000)
                open_orders.append(sell(who, net=net.decimal_text(), tax=tax.decimal_text(), at=at))
                sold = sold + net + tax
            case "give back" if open_orders:
                order = open_orders.pop(cents % len(open_orders))
                give_back(order, at=at)
                sold = sold - Money(order.total_micro, "EUR")
            case "write":
                _write(who, month)
                month = month.next
    for _ in range(4):
        _write(who, month)
        month = month.next

    written = Money(0, "EUR")
    for row in documents(who, limit=200):
        assert row.net + row.tax == row.total
        written = written + row.total if row.kind == "invoice" else written - row.total
    assert written == sold
    far = datetime(2030, 1, 1, tzinfo=UTC)
    assert [line for line in audit_lines(now=far) if line[1] and "over was" not in line[0]] == []


def _write(who: int, month: TaxMonth) -> None:
    """Write one account's documents of a month, also when other examples closed it before."""
    now = month.ends_at(AFTER.tzinfo) + timedelta(hours=12)  # type: ignore[arg-type]
    close_month(month, now=now)
    Owed.objects.get_or_create(account_id=who, month=month.first_day, defaults={"due_at": now})
    write_documents(who, month=month, now=now)
