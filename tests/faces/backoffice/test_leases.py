"""The staff's pages of rented numbers: finding one, ending it at a second look, porting it out."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from nummer.apps.audit.models import Line
from nummer.apps.leases import portouts, queries
from nummer.apps.leases.ports import install_suppliers
from nummer.apps.leases.queries import LeaseRow
from nummer.apps.ledger import queries as ledger
from nummer.apps.refunds.actions import ask_port_out
from nummer.kernel.ids import new_id
from nummer.suppliers.sandbox.numbers import SandboxNumbers
from tests import builders
from tests.builders import NOW
from tests.faces.backoffice.test_staff import at_work
from tests.faces.conftest import StandingClock

NUMBER = "+4759441001"
CODE = "PAC-7731"


@pytest.fixture
def lease(shop: StandingClock, tmp_path: Path) -> LeaseRow:
    install_suppliers([SandboxNumbers(tmp_path)])
    builders.rentals([NUMBER])
    return builders.rented(builders.customer(balance="18.75"), NUMBER)


def page_of(lease: LeaseRow) -> str:
    return f"/staff/leases/{lease.account_id}/{lease.id}/"


@pytest.mark.parametrize("role", ["support", "finance", "compliance", "operations"])
def test_a_lease_is_found_by_number_or_account(lease: LeaseRow, role: str) -> None:
    browser = at_work(role)
    assert "none" in browser.get("/staff/leases/").text
    for query in ("number=%2B47+59+44+10+01", f"account={lease.account_id}"):
        assert page_of(lease) in browser.get(f"/staff/leases/?{query}").text
    assert "Nobody rents or rented this." in browser.get("/staff/leases/?account=999999").text
    assert browser.get("/staff/leases/?number=x").status_code == 400
    assert browser.get(page_of(lease)).status_code == 200
    assert Line.objects.filter(verb="view_lease", row=str(lease.id)).count() == 1


def test_others_of_the_staff_see_and_end_nothing(lease: LeaseRow) -> None:
    assert at_work("identity").get(page_of(lease)).status_code == 403
    for role in ("support", "finance", "identity"):
        answer = at_work(role).post(f"{page_of(lease)}end/", {"cause": "law", "confirm": "yes"})
        assert answer.status_code == 403
    assert queries.lease(lease.account_id, lease_id=lease.id).state == "active"


def test_nothing_ends_before_the_second_look_which_says_what_it_brings(
    lease: LeaseRow, shop: StandingClock
) -> None:
    shop.at = NOW + timedelta(days=15, hours=1)
    browser, said = at_work("operations"), {"cause": "offer", "words": "We leave Norway."}

    look = browser.post(f"{page_of(lease)}end/", said)
    assert "9.38" in look.text
    assert "We leave Norway." in look.text
    assert queries.lease(lease.account_id, lease_id=lease.id).state == "active"
    done = browser.post(f"{page_of(lease)}end/", {**said, "confirm": "yes"}, follow=True)

    assert "9.38" in done.text
    assert ledger.balance(lease.account_id).total.decimal_text() == "9.38"
    assert queries.lease(lease.account_id, lease_id=lease.id).end_reason == "by_operator"
    browser.post(f"{page_of(lease)}end/", {**said, "confirm": "yes"})
    assert ledger.balance(lease.account_id).total.decimal_text() == "9.38"


def test_another_reason_needs_words(lease: LeaseRow) -> None:
    answer = at_work("compliance").post(f"{page_of(lease)}end/", {"cause": "other", "words": " "})
    assert (answer.status_code, "why the contract ends" in answer.text) == (400, True)


def test_a_port_out_is_set_and_marked_and_its_code_never_shown_again(
    lease: LeaseRow, shop: StandingClock
) -> None:
    row = ask_port_out(
        lease.account_id, lease_id=lease.id, text="To Other AS.", key=new_id(), now=NOW
    )
    browser = at_work("support")
    assert page_of(lease) in browser.get("/staff/leases/").text
    base = f"/staff/port-outs/{lease.account_id}/{row.id}/"
    day = (NOW + timedelta(days=9)).date().isoformat()

    assert browser.post(f"{base}set/", {"code": "", "on": day}).status_code == 400
    saved = browser.post(f"{base}set/", {"code": CODE, "on": day}, follow=True).text
    assert (CODE in saved, day in saved) == (False, True)
    early = browser.post(f"{base}ported/", {"gone": "yes"}, follow=True).text
    assert "on the day that was set" in early
    shop.at = NOW + timedelta(days=9)
    assert "Please tick" in browser.post(f"{base}ported/", {}, follow=True).text
    browser.post(f"{base}ported/", {"gone": "yes"})

    assert queries.lease(lease.account_id, lease_id=lease.id).end_reason == "ported"
    assert at_work("finance").post(f"{base}set/", {"code": CODE, "on": day}).status_code == 403


def test_a_refusal_reaches_the_holder_with_its_reason(lease: LeaseRow) -> None:
    row = ask_port_out(
        lease.account_id, lease_id=lease.id, text="To Other AS.", key=new_id(), now=NOW
    )
    base = f"/staff/port-outs/{lease.account_id}/{row.id}/"
    browser = at_work("operations")
    assert browser.post(f"{base}refuse/", {"refusal": "other", "words": ""}).status_code == 400
    browser.post(f"{base}refuse/", {"refusal": "not_portable", "words": ""})

    seen = portouts.port_out(lease.account_id, port_out_id=row.id)
    assert (seen.state, seen.refusal) == ("refused", "not_portable")
    assert browser.post(f"{base}refuse/", {"refusal": "law"}).status_code == 400
    unknown = f"/staff/port-outs/{lease.account_id}/{new_id()}/set/"
    assert browser.post(unknown, {"code": CODE, "on": "2026-12-24"}).status_code == 404
