"""Money by our own interface: statement, top-ups, vouchers, payouts, refunds, invoices."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from nummer.apps.audit.models import Line
from nummer.apps.vouchers import actions as vouchers
from nummer.faces.api import reading
from nummer.kernel.limits import CallLimit
from nummer.kernel.money import Money
from tests.apps.invoices.world import give_back, sell, write_all
from tests.apps.payments.conftest import Provider, provider
from tests.dialects.conftest import Moment, Program
from tests.dialects.own import call, download, fields, told

__all__ = ["provider"]  # a fixture

ORDER = {"service": "tg", "country": "NO"}
CARD = {"amount": "20.00", "method": "sandbox-card"}


@pytest.fixture(autouse=True)
def unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "PROGRAMS", CallLimit(per_s=1000, burst=1000))


def bought(program: Program, key: str, *, cancel: bool = False) -> dict[str, Any]:
    _, order = told(call(program, "POST", "orders", ORDER, key=key))
    if cancel:
        _, order = told(call(program, "POST", f"orders/{order['id']}/cancel"))
    assert isinstance(order, dict)
    return order


def test_a_statement_is_filtered_and_taken_away_the_same_twice(
    program: Program, moment: Moment
) -> None:
    bought(program, "1", cancel=True)
    moment.advance(hours=1)
    bought(program, "2")
    since = moment.now().isoformat()

    _, orders = told(call(program, "GET", "statement", kind="order"))
    _, late = told(call(program, "GET", "statement", since=since))
    _, early = told(call(program, "GET", "statement", until=since, kind="refund"))
    odd, _ = told(call(program, "GET", "statement", kind="ORDER"))
    first, second = download(program, "statement.csv"), download(program, "statement.csv")

    assert {line["kind"] for line in orders["lines"]} == {"order"}
    assert (len(orders["lines"]), len(late["lines"]), odd) == (2, 1, 400)
    assert [line["clause"] for line in early["lines"]] == ["RP-B4"]
    assert first == second
    rows = list(csv.DictReader(io.StringIO(first.decode("utf-8-sig"))))
    _, whole = told(call(program, "GET", "statement"))
    assert [row["reference"] for row in rows] == [line["reference"] for line in whole["lines"]]
    part = download(program, "statement.csv", kind="refund").decode("utf-8-sig")
    assert len(list(csv.DictReader(io.StringIO(part)))) == 1


def test_a_top_up_is_begun_once_and_paid_on_a_page(
    program: Program, provider: Provider, moment: Moment
) -> None:
    _, offered = told(call(program, "GET", "top-ups/methods"))
    status, started = told(call(program, "POST", "top-ups", CARD, key="1"))
    moment.advance(seconds=1)
    again = told(call(program, "POST", "top-ups", CARD, key="1"))
    other = told(call(program, "POST", "top-ups", {**CARD, "amount": "21.00"}, key="1"))
    _, read = told(call(program, "GET", f"top-ups/{started['id']}"))
    _, listed = told(call(program, "GET", "top-ups"))

    assert {way["code"] for way in offered["methods"]} >= {"sandbox-card"}
    assert set(offered["methods"][0]) == fields("Method")
    assert (status, set(started)) == (201, fields("StartedTopUp"))
    assert started["pay_url"].startswith("http")
    assert again == (200, started)
    assert (other[0], other[1]["code"]) == (409, "idempotency_conflict")
    assert read == started
    assert [row["id"] for row in listed["top_ups"]] == [started["id"]]


@pytest.mark.parametrize(
    ("what", "body", "code"),
    [
        ("below the least", {**CARD, "amount": "0.01"}, "top_up_too_small"),
        ("above the most", {**CARD, "amount": "900000.00"}, "top_up_too_large"),
        ("parts of a cent", {**CARD, "amount": "20.001"}, "api_field_malformed"),
        ("nothing", {**CARD, "amount": "0"}, "api_field_malformed"),
        ("less than nothing", {**CARD, "amount": "-20.00"}, "api_field_malformed"),
        ("no number", {**CARD, "amount": "NaN"}, "api_field_malformed"),
        ("an unknown way", {**CARD, "method": "gold"}, "unknown_payment_method"),
        ("a card", {**CARD, "method": "4242424242424242"}, "api_payment_number_sent"),
    ],
)
def test_a_top_up_that_cannot_be_is_refused(
    program: Program, provider: Provider, *, what: str, body: object, code: str
) -> None:
    status, refused = told(call(program, "POST", "top-ups", body, key="1"))

    assert (status, refused["code"]) == (400, code)
    assert told(call(program, "GET", "top-ups"))[1]["top_ups"] == []


def test_a_voucher_pays_in_once_however_often_it_is_sent(program: Program, moment: Moment) -> None:
    ten = Money.parse("10.00", "EUR")
    end = moment.now() + timedelta(days=30)
    batch = vouchers.make_batch(
        amount=ten, count=1, expires_at=end, actor="staff:1", now=moment.now()
    )
    wish = {"code": batch.codes[0]}

    first, second = (told(call(program, "POST", "vouchers", wish)) for _ in range(2))
    wrong = told(call(program, "POST", "vouchers", {"code": "AAAA-BBBB-CCCC"}))

    assert first == second == (200, {"amount": "10.00", "currency": "EUR"})
    assert told(call(program, "GET", "balance"))[1]["total"] == "30.00"
    assert (wrong[0], wrong[1]["code"]) == (404, "voucher_unknown")


def test_there_is_no_automatic_top_up_before_a_person_agreed(program: Program) -> None:
    for method in ("GET", "DELETE"):
        status, refused = told(call(program, method, "top-ups/automatic"))
        assert (status, refused["code"]) == (404, "no_auto_top_up")


def test_money_is_asked_back_once_and_completed(
    program: Program, provider: Provider, moment: Moment
) -> None:
    from nummer.apps.payments.actions import StartedTopUp

    _, started = told(call(program, "POST", "top-ups", CARD, key="1"))
    provider.pay(StartedTopUp(id=started["id"], pay_url=started["pay_url"]))
    provider.tell("checkout.session.completed")

    status, asked = told(call(program, "POST", "payouts", {}, key="p"))
    moment.advance(seconds=1)
    again = told(call(program, "POST", "payouts", {}, key="p"))
    conflict, _ = told(call(program, "POST", "payouts", {"amount": "1.00"}, key="p"))
    said = {"top_up": started["id"], "reason": "changed_mind"}
    _, completed = told(call(program, "PATCH", f"payouts/{asked['id']}", said))
    _, listed = told(call(program, "GET", "payouts"))

    assert (status, again, conflict) == (201, (200, asked), 409)
    assert (asked["state"], bool(asked["missing"])) == ("missing", True)
    assert set(completed) == fields("Payout")
    assert completed["state"] in {"paying", "release", "review", "done"}
    assert [set(share) for share in completed["shares"]][:1] in ([fields("PayoutShare")], [])
    assert [row["id"] for row in listed["payouts"]] == [asked["id"]]


@pytest.mark.parametrize(
    ("what", "body", "status", "code"),
    [
        ("another's top-up", {"top_up": str(uuid4())}, 404, "no_such_top_up"),
        ("a reason of orders", {"reason": "not_seen"}, 400, "api_field_malformed"),
        ("no reason of ours", {"reason": "x"}, 400, "api_field_malformed"),
        ("nothing", {"amount": "0"}, 400, "api_field_malformed"),
        ("an account number", {"reason": "NO9386011117947"}, 400, "api_payment_number_sent"),
    ],
)
def test_a_payout_that_cannot_be_is_refused(
    program: Program, *, what: str, body: object, status: int, code: str
) -> None:
    answer = told(call(program, "POST", "payouts", body, key="1"))

    assert (answer[0], answer[1]["code"]) == (status, code)
    assert told(call(program, "GET", "payouts"))[1] == {"payouts": [], "next_before": None}


def test_every_decision_on_a_refund_is_listed_with_clause_and_reference(program: Program) -> None:
    bought(program, "1", cancel=True)
    bought(program, "2")
    _, listed = told(call(program, "GET", "refunds"))
    _, statement = told(call(program, "GET", "statement", kind="refund"))

    [decision] = listed["refunds"]
    [line] = statement["lines"]
    assert set(decision) == fields("RefundDecision")
    assert (decision["decision"], decision["clauses"]) == ("CREDIT", ["RP-B4"])
    assert (decision["amount"], decision["order"]) == (line["amount"], line["reference"])
    status, refused = told(call(program, "GET", "refunds", before=str(uuid4())))
    assert (status, refused["code"]) == (404, "no_such_claim")


def test_invoices_are_listed_and_taken_away_the_same_twice(program: Program) -> None:
    sell(program.account_id)
    give_back(sell(program.account_id, net="1.00", tax="0.25"))
    write_all()

    _, listed = told(call(program, "GET", "invoices"))
    _, notes = told(call(program, "GET", "invoices", kind="credit_note"))
    first = listed["invoices"][0]
    pdfs = [call(program, "GET", f"invoices/{first['id']}.pdf") for _ in range(2)]

    assert {row["kind"] for row in listed["invoices"]} == {"invoice", "credit_note"}
    assert set(first) == fields("Invoice")
    assert len(notes["invoices"]) == 1
    assert pdfs[0]["Content-Type"] == "application/pdf"
    assert pdfs[0].content.startswith(b"%PDF")
    assert pdfs[0].content == pdfs[1].content
    assert told(call(program, "GET", "invoices", kind="x"))[0] == 400


def test_a_company_says_whom_its_invoices_name(
    programs: Callable[..., Program], moment: Moment
) -> None:
    company = programs(kind="company")
    wish = {"name": "Shop AS", "address": ["Storgata 1", "0155 Oslo"]}

    _, named = told(call(company, "PUT", "invoices/details", wish))
    _, numbered = told(call(company, "PUT", "invoices/tax-number", {"number": "923609016MVA"}))
    bad = told(call(company, "PUT", "invoices/tax-number", {"number": "1"}))
    gone = call(company, "DELETE", "invoices/tax-number")
    none = told(call(company, "DELETE", "invoices/tax-number"))

    assert (named["name"], named["address"]) == (wish["name"], wish["address"])
    assert set(numbered) == fields("InvoiceDetails")
    assert "923609016" in numbered["tax_number"]
    assert (bad[0], bad[1]["code"]) == (400, "tax_number_refused")
    assert gone.status_code == 204
    assert (none[0], none[1]["code"]) == (404, "no_such_tax_number")


def test_a_program_reads_and_lowers_the_spend_limit_and_never_raises_it(program: Program) -> None:
    _, none = told(call(program, "GET", "spend-limit"))
    first = told(call(program, "PUT", "spend-limit", {"limit": "5"}))
    lower = told(call(program, "PUT", "spend-limit", {"limit": "2.50"}))
    again = told(call(program, "PUT", "spend-limit", {"limit": "2.50"}))
    status, refused = told(call(program, "PUT", "spend-limit", {"limit": "2.51"}))
    _, left = told(call(program, "GET", "spend-limit"))

    assert set(none) == fields("SpendLimit")
    assert none["limit"] is None
    assert [(code, answer["limit"]) for code, answer in (first, lower, again)] == [
        (200, "5.00"),
        (200, "2.50"),
        (200, "2.50"),
    ]
    assert (status, refused["code"]) == (403, "spend_limit_by_page")
    assert left["limit"] == "2.50"
    lines = Line.objects.filter(account_id=program.account_id, place="messaging_sender")
    assert list(lines.values_list("actor", "verb")) == [
        (f"key:{program.key_id}", "set_spend_limit")
    ] * len([first, lower])


@pytest.mark.parametrize("limit", ["0", "-1", "a lot", "1.001", "9" * 16, "", None, 5])
def test_what_is_no_amount_changes_no_spend_limit(program: Program, limit: object) -> None:
    call(program, "PUT", "spend-limit", {"limit": "5"})

    assert call(program, "PUT", "spend-limit", {"limit": limit}).status_code == 400
    assert call(program, "DELETE", "spend-limit").status_code == 405
    assert told(call(program, "GET", "spend-limit"))[1]["limit"] == "5.00"


def test_a_person_has_no_tax_number(program: Program) -> None:
    status, refused = told(call(program, "PUT", "invoices/tax-number", {"number": "923609016MVA"}))
    assert (status, refused["code"]) == (403, "only_for_companies")


def test_anothers_money_does_not_exist(
    programs: Callable[..., Program], provider: Provider
) -> None:
    mine, other = programs(), programs()
    _, started = told(call(mine, "POST", "top-ups", CARD, key="1"))
    _, payout = told(call(mine, "POST", "payouts", {}, key="1"))
    sell(mine.account_id)
    write_all()
    [invoice] = told(call(mine, "GET", "invoices"))[1]["invoices"]

    for method, path, body in (
        ("GET", f"top-ups/{started['id']}", None),
        ("GET", f"payouts/{payout['id']}", None),
        ("PATCH", f"payouts/{payout['id']}", {"amount": "1.00"}),
        ("PUT", f"payouts/{payout['id']}/shares/{uuid4()}/way", {"way": "bank"}),
        ("GET", f"invoices/{invoice['id']}.pdf", None),
    ):
        assert told(call(other, method, path, body))[0] == 404, path
    for path in ("top-ups", "payouts", "invoices", "refunds"):
        [rows] = [part for part in told(call(other, "GET", path))[1].values() if part is not None]
        assert rows == [], path
