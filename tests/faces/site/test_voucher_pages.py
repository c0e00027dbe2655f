"""Pages of vouchers, from the staff's file to a Norwegian's balance."""

from __future__ import annotations

import re

from nummer.apps.ledger import queries as wallets
from tests import builders
from tests.faces.backoffice.test_staff import at_work
from tests.faces.conftest import Enter


def test_a_norwegian_redeems_a_code_of_the_staffs_file(enter: Enter) -> None:
    finance = at_work("finance")
    wish = {"amount": "10", "currency": "EUR", "count": "2", "expires": "2027-11-22T12:00"}
    file = finance.post("/staff/vouchers/", wish)
    codes = file.content.decode().split()[1:]
    assert (file["Content-Type"], len(codes)) == ("text/csv", 2)
    assert codes[0] not in finance.get("/staff/vouchers/").content.decode()

    account_id = builders.customer(balance="0.00", locale="nb")
    browser = enter(account_id, language="nb")
    page = browser.get("/balance/voucher/").content.decode()
    assert "Løs inn en verdikode" in page
    wrong = browser.post("/balance/voucher/", {"code": "BBBB-BBBB-BBBB-BBBB"})
    assert wrong.status_code == 400
    assert "Denne verdikoden er ikke gyldig." in wrong.content.decode()
    for _ in range(2):
        assert browser.post("/balance/voucher/", {"code": codes[0]}).status_code == 302

    assert wallets.balance(account_id).spendable.decimal_text() == "10.00"


def test_a_second_person_of_finance_releases_a_large_batch(enter: Enter) -> None:
    maker, other = at_work("finance"), at_work("finance")
    wish = {"amount": "10", "currency": "EUR", "count": "11", "expires": "2027-11-22T12:00"}
    code = maker.post("/staff/vouchers/", wish).content.decode().split()[1]
    browser = enter(builders.customer(balance="0.00", locale="nb"), language="nb")
    waiting = browser.post("/balance/voucher/", {"code": code})
    assert "Denne verdikoden er ikke gyldig ennå." in waiting.content.decode()

    pages = [each.get("/staff/vouchers/").content.decode() for each in (maker, other)]
    assert ["waits for a second person" in page for page in pages] == [True, True]
    assert ["Release the batch" in page for page in pages] == [False, True]
    path = re.findall(r'"(/staff/vouchers/[0-9a-f-]+/release/)"', pages[1])[0]
    maker.post(path)
    assert browser.post("/balance/voucher/", {"code": code}).status_code == 400
    other.post(path)
    assert browser.post("/balance/voucher/", {"code": code}).status_code == 302


def test_a_sum_with_an_exponent_is_a_sum(enter: Enter) -> None:
    del enter
    wish = {"amount": "1E+1", "currency": "EUR", "count": "1", "expires": "2027-11-22T12:00"}
    file = at_work("finance").post("/staff/vouchers/", wish)
    assert file["Content-Type"] == "text/csv"


def test_who_guesses_too_often_is_told_when_to_come_back(enter: Enter) -> None:
    browser = enter(builders.customer(balance="0.00"))
    guesses = [browser.post("/balance/voucher/", {"code": "BBBB-BBBB-BBBB-BBBB"}) for _ in range(6)]
    assert [page.status_code for page in guesses] == [400] * 5 + [429]
    assert 0 < int(guesses[5]["Retry-After"]) <= 3600


def test_who_tops_up_too_fast_is_told_when_to_come_back(enter: Enter) -> None:
    browser = enter(builders.customer(balance="0.00"))
    wish = {"amount": "1000", "method": "sandbox-card", "confirmed": "yes"}
    for _ in range(3):
        page = browser.post("/balance/top-up/", wish)
    assert page.status_code == 429
    assert int(page["Retry-After"]) > 0
