"""Amounts and words that nobody means well: refused in a sentence, shown inert, nothing kept."""

from __future__ import annotations

import pytest

from nummer.apps.ledger import queries as wallets
from nummer.apps.payments import queries as payments
from nummer.apps.payouts import queries as payouts
from nummer.kernel.ids import new_id
from tests import builders
from tests.faces.conftest import Enter
from tests.faces.site.test_payout_pages import pay_in

NO_AMOUNTS = (
    "1e9",
    "1E2",
    "NaN",
    "Infinity",
    "-5",
    "+5",
    "0",
    "0.00",
    "20.001",
    "1,000.00",
    "1 000",
    "0x10",
    "\uff11\uff12",  # digits, but of another alphabet's width
    "٢٠",
    "20\N{RIGHT-TO-LEFT OVERRIDE}",
    "20 EUR",
    "9" * 16,
    "<b>20</b>",
    "20'--",
)
BAD_IBAN = "NO9386011117948"  # the registry's example with another last digit
GOOD_IBAN = "NO9386011117947"
SCRIPT = "<script>alert(1)</script>"


@pytest.mark.parametrize("typed", NO_AMOUNTS)
def test_what_is_no_amount_is_refused_on_both_ways(enter: Enter, typed: str) -> None:
    account_id = builders.customer(balance="0.00")
    top_up_id = pay_in(account_id)
    browser = enter(account_id)
    before = len(payments.top_ups(account_id, limit=10))

    paid_in = browser.post("/balance/top-up/", {"amount": typed, "method": "card"})
    paid_out = browser.post(
        "/payouts/", {"top_up": str(top_up_id), "amount": typed, "reason": "other"}
    )

    assert paid_in.status_code in {400, 409}
    assert paid_out.status_code in {400, 409}
    assert len(payments.top_ups(account_id, limit=10)) == before
    assert payouts.payouts(account_id) == []
    assert wallets.balance(account_id).total.decimal_text() == "20.00"


def test_comma_of_the_continent_is_read_as_it_is_meant(enter: Enter) -> None:
    account_id = builders.customer(balance="0.00")
    top_up_id = pay_in(account_id, "60.00")

    asked = enter(account_id, language="nb").post(
        "/payouts/", {"top_up": str(top_up_id), "amount": "25,50", "reason": "other"}
    )

    assert asked.status_code == 302
    (row,) = payouts.payouts(account_id)
    assert row.granted.decimal_text() == "25.50"


@pytest.mark.parametrize("typed", [BAD_IBAN, GOOD_IBAN, SCRIPT])
@pytest.mark.parametrize("field", ["amount", "top_up", "reason"])
def test_account_numbers_and_scripts_are_taken_by_no_field(
    enter: Enter, field: str, typed: str
) -> None:
    account_id = builders.customer(balance="0.00")
    form = {"top_up": str(pay_in(account_id)), "amount": "5", "reason": "other"}

    answer = enter(account_id).post("/payouts/", form | {field: typed, "key": str(new_id())})

    assert answer.status_code in {400, 409}
    assert payouts.payouts(account_id) == []
    assert SCRIPT not in answer.content.decode()


def test_script_in_the_words_of_a_request_is_only_text(enter: Enter) -> None:
    account_id = builders.customer()
    browser = enter(account_id)

    written = browser.post(
        "/cases/",
        {"kind": "payout", "subject": SCRIPT, "text": f"{SCRIPT} 1e9", "key": str(new_id())},
        follow=True,
    )

    page = written.content.decode()
    assert SCRIPT not in page
    assert "&lt;script&gt;" in page
