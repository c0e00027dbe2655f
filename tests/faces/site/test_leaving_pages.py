"""Pages on which a rented number is handed over, taken over, and taken to another provider."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client

from nummer.apps.audit.models import Line
from nummer.apps.leases import actions, handovers, portouts, queries
from nummer.apps.leases.jobs import DUE_SOURCES
from nummer.apps.leases.leaving import Cause
from nummer.apps.leases.models import Handover
from nummer.apps.leases.ports import install_suppliers
from nummer.apps.leases.queries import LeaseRow
from nummer.apps.refunds.actions import end_lease
from nummer.config.sweeper import sweep_until
from nummer.suppliers.sandbox.numbers import SandboxNumbers
from tests import builders
from tests.faces.conftest import LANGUAGES, Enter, StandingClock

NUMBER = "+4759441001"
PASSWORD = "correct horse battery"


@pytest.fixture
def lease(shop: StandingClock, tmp_path: Path) -> LeaseRow:
    install_suppliers([SandboxNumbers(tmp_path)])
    builders.rentals([NUMBER])
    return builders.rented(builders.customer(balance="50.00"), NUMBER)


def offered(browser: Client, lease: LeaseRow, email: str) -> str:
    """Offer a number as its holder and return the page after it, without what changes."""
    path = f"/my-numbers/{lease.id}/hand-over/"
    [key] = re.findall(r'name="key" value="([^"]+)"', browser.get(path).text)
    page = browser.post(path, {"email": email, "key": key}, follow=True).text
    assert sweep_until(builders.NOW + timedelta(days=1), sources=DUE_SOURCES).failed == 0
    return page.replace(email, "EMAIL")


def hidden(page: str) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]+)"', page):
        fields.setdefault(name, []).append(value)
    return fields


def test_a_number_is_handed_over_by_pages_and_a_second_sign_in(
    lease: LeaseRow, enter: Enter
) -> None:
    receiver = builders.customer(locale="de")
    giver, other = enter(lease.account_id), enter(receiver)
    offered(giver, lease, builders.email_of(receiver))
    [row] = handovers.offered_to(receiver)
    assert str(row.id) in other.get("/my-numbers/").text

    page = other.get(f"/my-numbers/offered/{row.id}/").text
    assert builders.email_of(lease.account_id) not in page
    refused = other.post(f"/my-numbers/offered/{row.id}/", {**hidden(page), "accept": "yes"})
    assert refused.status_code == 409
    ticked = {"restrictions": "yes", "immediate": "yes", "accept": "yes"}
    other.post(f"/my-numbers/offered/{row.id}/", {**hidden(page), **ticked})

    confirm = f"/my-numbers/{lease.id}/hand-over/{row.id}/"
    assert confirm in giver.get(f"/my-numbers/{lease.id}/").text
    asked = giver.post(confirm)
    assert (asked.status_code, "reauthenticate" in asked["Location"]) == (302, True)
    assert queries.lease(lease.account_id, lease_id=lease.id).state == "active"
    giver.post(f"/accounts/reauthenticate/?next={confirm}", {"password": PASSWORD})
    giver.post(confirm)

    assert queries.lease(lease.account_id, lease_id=lease.id).end_reason == "handed_over"
    assert "handed over" in giver.get(f"/my-numbers/{lease.id}/").text
    [new] = queries.leases_of(receiver)
    assert other.get(f"/my-numbers/{new.id}/").status_code == 200
    assert other.get(f"/my-numbers/{lease.id}/").status_code == 404
    assert giver.get(f"/my-numbers/{new.id}/").status_code == 404
    assert other.get(f"/my-numbers/{new.id}/summary.pdf").content.startswith(b"%PDF")


def test_the_pages_say_the_same_whether_there_is_such_an_account(
    lease: LeaseRow, enter: Enter
) -> None:
    browser = enter(lease.account_id)
    assert sweep_until(builders.NOW + timedelta(days=1), sources=DUE_SOURCES).failed == 0
    pages = []
    for email in (builders.email_of(builders.customer()), "nobody-at-all@example.com"):
        pages.append(offered(browser, lease, email))
        handover_id = Handover.objects.get(ended_at=None).id
        shown = browser.get(f"/my-numbers/{lease.id}/").text.replace(email, "EMAIL")
        pages[-1] += shown
        browser.post(f"/my-numbers/{lease.id}/hand-over/{handover_id}/withdraw/")
    changing = r"nonce=\"[^\"]+\"|csrfmiddlewaretoken\" value=\"[^\"]+\"|hand-over/[0-9a-f-]{36}/"

    assert re.sub(changing, "", pages[0]) == re.sub(changing, "", pages[1])


def know_again(browser: Client, path: str) -> None:
    """Let somebody give his password just now."""
    browser.post(f"/accounts/reauthenticate/?next={path}", {"password": "correct horse battery"})


def test_a_stranger_finds_neither_page(lease: LeaseRow, enter: Enter) -> None:
    receiver = builders.customer()
    offered(enter(lease.account_id), lease, builders.email_of(receiver))
    [row] = handovers.offered_to(receiver)
    stranger = enter(builders.customer())

    assert stranger.get(f"/my-numbers/offered/{row.id}/").status_code == 404
    assert stranger.post(f"/my-numbers/offered/{row.id}/", {"decline": "yes"}).status_code == 404
    path = f"/my-numbers/{lease.id}/hand-over/{row.id}/withdraw/"
    assert stranger.post(path).status_code == 404


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_of_leaving_is_there_in_every_language(
    lease: LeaseRow, enter: Enter, language: str
) -> None:
    receiver = builders.customer(locale=language)
    giver, other = enter(lease.account_id, language=language), enter(receiver, language=language)
    know_again(giver, f"/my-numbers/{lease.id}/port-out/")
    assert giver.get(f"/my-numbers/{lease.id}/port-out/").status_code == 200
    offered(giver, lease, builders.email_of(receiver))
    [row] = handovers.offered_to(receiver)
    page = other.get(f"/my-numbers/offered/{row.id}/")
    assert page.status_code == 200
    other.post(f"/my-numbers/offered/{row.id}/", {"decline": "yes"})
    over = other.get(f"/my-numbers/offered/{row.id}/").text
    sentence = {
        "en": "This handover is over.",
        "nb": "Denne overdragelsen er avsluttet.",
        "de": "Diese Übergabe ist beendet.",
    }[language]
    assert sentence in over


def test_the_code_of_a_port_out_stands_on_the_holders_page_alone(
    lease: LeaseRow, enter: Enter
) -> None:
    browser, path = enter(lease.account_id), f"/my-numbers/{lease.id}/port-out/"
    assert "reauthenticate" in browser.get(path)["Location"], "whoever found it open asks nothing"
    know_again(browser, path)
    [key] = re.findall(r'name="key" value="([^"]+)"', browser.get(path).text)
    for _ in range(2):
        browser.post(path, {"text": "To Other AS in December.", "key": key})
    row = portouts.latest_of(lease.account_id, lease_id=lease.id)
    assert row is not None
    assert f"/cases/{row.case_number}/" in browser.get(f"/my-numbers/{lease.id}/").text
    actions.set_port_out(
        lease.account_id,
        port_out_id=row.id,
        code="PAC-7731",
        on=(builders.NOW + timedelta(days=9)).date(),
        actor="staff:1",
        now=builders.NOW,
    )

    shown = f"{path}{row.id}/code/"
    page = browser.get(f"/my-numbers/{lease.id}/").text
    assert shown in page
    assert "PAC-7731" not in page
    assert "PAC-7731" in browser.get(shown).text
    assert Line.objects.filter(verb="show_port_code", row=str(row.id)).count() == 1
    assert "reauthenticate" in enter(lease.account_id).get(shown)["Location"]
    stranger = enter(builders.customer())
    know_again(stranger, "/account/spending/")
    assert stranger.get(shown).status_code == 404
    assert stranger.get(f"/my-numbers/{lease.id}/").status_code == 404
    assert stranger.post(f"/my-numbers/{lease.id}/port-out/{row.id}/withdraw/").status_code == 404
    browser.post(f"/my-numbers/{lease.id}/port-out/{row.id}/withdraw/")
    assert browser.get(shown).status_code == 409


def test_why_we_ended_a_contract_stands_on_the_page_in_the_readers_language(
    lease: LeaseRow, enter: Enter
) -> None:
    end_lease(
        lease.account_id,
        lease_id=lease.id,
        cause=Cause.OFFER,
        words="Wir verlassen <b>Norwegen</b>.",
        actor="staff:1",
        now=builders.NOW,
    )
    page = enter(lease.account_id, language="de").get(f"/my-numbers/{lease.id}/").text
    assert "Wir bieten Nummern dieser Art nicht mehr an." in page
    assert "Wir verlassen &lt;b&gt;Norwegen&lt;/b&gt;." in page
