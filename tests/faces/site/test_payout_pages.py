"""Pages of payouts: asked for in Norwegian, refused with its clause, chosen, released."""

from __future__ import annotations

from uuid import UUID

import pytest

from nummer.apps.ledger import queries as wallets
from nummer.apps.payments.actions import notices, wishes
from nummer.apps.payments.ports import PaymentMethod, PaymentNotice
from nummer.apps.payouts import queries
from nummer.kernel.ids import new_id
from nummer.kernel.money import Money
from tests import builders
from tests.faces.backoffice.test_staff import at_work
from tests.faces.conftest import Enter

BARE = PaymentMethod(code="bare", name="Bare", refundable=False)


def pay_in(account_id: int, amount: str = "20.00") -> UUID:
    """Let a payment arrive by a method that cannot take money back."""
    top_up_id, money = new_id(), Money.parse(amount, "EUR")
    wishes.note_wish(
        account_id,
        amount=money,
        provider="bare",
        method=BARE,
        top_up_id=top_up_id,
        now=builders.NOW,
    )
    notice = PaymentNotice(event_id=top_up_id.hex, reference=top_up_id.hex, paid=True, amount=money)
    notices.take_notice("bare", notice=notice, now=builders.NOW)
    return top_up_id


@pytest.mark.clause("RP-T3", "RP-CF")
def test_a_norwegian_withdraws_a_payment_and_keeps_the_money_on_the_balance(enter: Enter) -> None:
    account_id = builders.customer(balance="0.00", locale="nb")
    browser = enter(account_id, language="nb")
    top_up_id = pay_in(account_id)

    page = browser.get("/payouts/").content.decode()
    assert "Be om utbetaling" in page
    asked = browser.post("/payouts/", {"top_up": str(top_up_id), "amount": "", "reason": ""})
    assert asked.status_code == 302
    shown = browser.get(asked["Location"]).content.decode()
    assert "LAW-14" in shown
    assert "Velg" in shown or "Behold det på saldoen" in shown

    (row,) = queries.payouts(account_id)
    share = row.shares[0].id
    browser.post(f"/payouts/{row.id}/{share}/", {"way": "balance"})
    assert "ferdig" in browser.get(asked["Location"]).content.decode()
    assert wallets.balance(account_id).spendable.decimal_text() == "20.00"


@pytest.mark.clause("RP-T4")
def test_an_empty_request_is_taken_and_asked_about_on_its_page(enter: Enter) -> None:
    account_id = builders.customer(balance="0.00")
    browser = enter(account_id)
    top_up_id = pay_in(account_id)

    asked = browser.post("/payouts/", {"top_up": "", "amount": "", "reason": ""})
    assert "What is missing" in browser.get(asked["Location"]).content.decode()

    browser.post(asked["Location"], {"top_up": str(top_up_id), "amount": "5", "reason": "other"})
    (row,) = queries.payouts(account_id)
    assert (row.state, row.granted.decimal_text()) == ("paying", "5.00")


@pytest.mark.clause("PP-2.3b")
def test_a_card_number_in_the_form_is_refused(enter: Enter) -> None:
    account_id = builders.customer()
    answer = enter(account_id).post("/payouts/", {"top_up": "", "amount": "4242424242424242"})

    assert answer.status_code == 409
    assert queries.payouts(account_id) == []


def test_the_page_of_another_customer_does_not_exist(enter: Enter) -> None:
    account_id = builders.customer(balance="0.00")
    asked = enter(account_id).post("/payouts/", {"top_up": ""})

    assert enter(builders.customer()).get(asked["Location"]).status_code == 404


def test_the_staff_writes_a_call_down_and_two_others_release_it(enter: Enter) -> None:
    account_id = builders.customer(balance="0.00")
    top_up_id = pay_in(account_id, "600.00")
    support, one, two = at_work("support"), at_work("finance"), at_work("finance")

    written = support.post(
        "/staff/payouts/",
        {
            "account": account_id,
            "channel": "phone",
            "payment": str(top_up_id),
            "key": str(new_id()),
        },
    )
    assert written.status_code == 302
    (row,) = queries.payouts(account_id)
    assert row.state == "release"

    address = f"/staff/payouts/{account_id}/{row.id}/"
    assert support.post(address, {"deed": "release"}).status_code == 403
    for browser in (one, one, two):
        browser.post(address, {"deed": "release"})
    (row,) = queries.payouts(account_id)
    assert (row.state, row.shares[0].way) == ("paying", "choose")

    customer = enter(account_id)
    customer.post(f"/payouts/{row.id}/{row.shares[0].id}/", {"way": "bank"})
    page = one.get("/staff/payouts/").content.decode()
    assert "Transfers to make at the bank" in page
    one.post(f"/staff/payouts/{account_id}/{row.shares[0].id}/sent/", {"reference": "BANK-7"})
    assert queries.payouts(account_id)[0].state == "done"
    assert wallets.balance(account_id).total.micro == 0


@pytest.mark.parametrize(
    ("typed", "status"), [("1E+1", 302), ("0.0000001", 400), ("-0", 302), ("NaN", 400)]
)
def test_the_staff_may_write_any_number_as_the_sum(
    enter: Enter, *, typed: str, status: int
) -> None:
    del enter
    account_id = builders.customer(balance="0.00")
    pay_in(account_id, "20.00")
    call = {"account": account_id, "channel": "phone", "amount": typed, "key": str(new_id())}
    assert at_work("support").post("/staff/payouts/", call).status_code == status
