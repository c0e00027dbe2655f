"""Support sees the account of an open case, or gives a reason; the customer reads who looked."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from nummer.apps.audit.models import Line
from nummer.apps.cases import actions, looking, queries
from nummer.apps.cases.actions import looking as verbs
from nummer.apps.cases.jobs import ACCESS_KEPT
from nummer.apps.cases.models import Access, Why
from nummer.faces.backoffice.rights import RIGHTS
from nummer.faces.backoffice.urls import urlpatterns
from nummer.faces.site.views.looks import FIELDS, WHAT
from nummer.kernel.ids import new_id
from tests import builders
from tests.apps.cases.test_cases import swept
from tests.faces.backoffice.test_case_desk import opened
from tests.faces.backoffice.test_staff import ALL, at_work
from tests.faces.conftest import Enter, StandingClock

SECRETS = ("@example.com", "+47")


def agent() -> tuple[Client, str]:
    browser = at_work("support", reasons=False)
    return browser, f"staff:{browser.session['_auth_user_id']}"


def asks(browser: Client, address: str) -> bool:
    """Tell whether the page asks for a reason instead of opening."""
    answer = browser.get(address)
    if answer.status_code == 405:
        answer = browser.post(address)
    return answer.status_code == 302 and "/open/" in answer["Location"]


@pytest.mark.clause("LD-U2")
def test_agent_sees_the_account_of_the_open_case_and_no_other(shop: StandingClock) -> None:
    ola, kari = builders.customer(), builders.customer()
    order = builders.order(ola)
    foreign = builders.order(kari)
    number = opened(ola)
    browser, _ = agent()
    own, other = (
        f"/staff/orders/{ola}/{order.order_id}/",
        f"/staff/orders/{kari}/{foreign.order_id}/",
    )
    assert asks(browser, own)

    browser.get(f"/staff/cases/{number}/")

    assert browser.get(own).status_code == 200
    assert browser.get(f"/staff/customers/{ola}/").status_code == 200
    assert asks(browser, other)
    assert asks(browser, f"/staff/customers/{kari}/")
    listed = browser.get("/staff/orders/").text
    assert str(order.order_id) in listed
    assert str(foreign.order_id) not in listed
    assert browser.post(other).status_code in {302, 405}


def test_closed_case_or_a_new_shift_ends_the_view(shop: StandingClock) -> None:
    ola = builders.customer()
    number = opened(ola)
    browser, actor = agent()
    browser.get(f"/staff/cases/{number}/")
    head = queries.case_by_number(number).head
    assert looking.may_look(ola, actor=actor, now=shop.at)

    actions.close_case(ola, case_id=head.id, actor=actor, now=shop.at)
    assert asks(browser, f"/staff/customers/{ola}/")
    browser.get(f"/staff/cases/{number}/")  # a closed case opens nothing
    assert asks(browser, f"/staff/customers/{ola}/")

    second = opened(ola)
    browser.get(f"/staff/cases/{second}/")
    assert not asks(browser, f"/staff/customers/{ola}/")
    assert not looking.may_look(ola, actor=actor, now=shop.at + verbs.BY_CASE)
    assert not looking.may_look(ola, actor="staff:999999", now=shop.at)


@pytest.mark.clause("LD-U2")
@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "The reason: we checked our own work."),
        ("nb", "Grunnen: vi kontrollerte vårt eget arbeid."),
        ("de", "Der Grund: Wir haben unsere eigene Arbeit geprüft."),
    ],
)
def test_reason_opens_for_an_hour_and_the_customer_reads_it(
    shop: StandingClock, enter: Enter, language: str, words: str
) -> None:
    ola, kari = builders.customer(locale=language), builders.customer()
    order = builders.order(ola)
    address = f"/staff/orders/{ola}/{order.order_id}/"
    browser, actor = agent()
    asked = browser.get(address)["Location"]
    page = browser.get(asked).text
    assert f'value="{address}"' in page
    assert browser.post(asked, {"why": "curiosity"}).status_code == 400
    assert browser.post(asked, {"why": "case"}).status_code == 400
    assert asks(browser, address)

    led = browser.post(asked, {"why": "check", "next": address})

    assert led["Location"] == address
    assert browser.get(address).status_code == 200
    own = enter(ola, language=language)
    shown = own.get("/account/looks/").text
    assert words in shown
    assert f" {actor.removeprefix('staff:')} " in shown
    assert shown.count('<li class="py-3">') == 2
    assert words not in enter(kari, language=language).get("/account/looks/").text
    shop.at += verbs.BY_REASON
    assert asks(browser, address)


def test_reason_leads_to_no_other_site(shop: StandingClock) -> None:
    ola = builders.customer()
    browser, _ = agent()
    for wanted in ("https://evil.example/", "//evil.example/staff/", "/orders/", ""):
        answer = browser.post(f"/staff/customers/{ola}/open/", {"why": "fault", "next": wanted})
        assert answer["Location"] == f"/staff/customers/{ola}/"
    assert browser.get("/staff/customers/999999/").status_code == 404
    assert browser.get("/staff/customers/999999/open/").status_code == 404


def test_every_page_of_an_account_asks_support_for_a_reason(shop: StandingClock) -> None:
    account_id = builders.customer()
    browser, _ = agent()
    of_accounts = [
        address.replace("/1/", f"/{account_id}/", 1)
        for address, pattern in ALL
        if "<int:account_id>" in str(pattern.pattern) and "support" in RIGHTS[str(pattern.name)].see
    ]
    assert len(of_accounts) >= 8
    assert [address for address in of_accounts if not asks(browser, address)] == []
    assert Line.objects.filter(account_id=account_id, verb__in=WHAT).count() == 0
    assert urlpatterns


@pytest.mark.parametrize("role", ["finance", "compliance", "owner"])
def test_others_have_lists_of_their_own_and_are_recorded_all_the_same(
    shop: StandingClock, enter: Enter, role: str
) -> None:
    ola = builders.customer()
    assert at_work(role).get(f"/staff/customers/{ola}/").status_code == 200
    assert role in enter(ola).get("/account/looks/").text


@pytest.mark.clause("PP-2.3a")
def test_record_names_fields_and_never_values(shop: StandingClock) -> None:
    ola = builders.customer()
    order = builders.order(ola)
    number = opened(ola, text="Call me at +4759440000")
    browser = at_work("support")
    for address in (
        f"/staff/cases/{number}/",
        f"/staff/orders/{ola}/{order.order_id}/",
        f"/staff/customers/{ola}/",
    ):
        assert browser.get(address).status_code == 200

    lines = Line.objects.filter(account_id=ola, verb__in=WHAT)
    assert {line.verb for line in lines} == {
        "open_account",
        "view_case",
        "view_order",
        "view_account",
    }
    for line in lines:
        assert set(line.fields) <= FIELDS.keys()
        assert line.fields
        written = f"{line.row} {line.place} {line.fields}"
        assert not any(secret in written for secret in SECRETS)


def test_caller_is_a_reason_that_he_can_read(shop: StandingClock, enter: Enter) -> None:
    ola = builders.customer()
    order = builders.order(ola)
    browser, actor = agent()
    shop.at += timedelta(minutes=30)
    form = {
        "account": str(ola),
        "order": str(order.activation_id),
        "caller": "Ola",
        "words": "Nothing comes.",
        "known_by": "called_back",
        "called_at": f"{shop.at:%Y-%m-%dT%H:%M:%S}",
        "key": str(new_id()),
    }
    answer = browser.post("/staff/reports/phone/", form)

    assert answer.status_code == 302, answer.text[:2000]
    assert Access.objects.get().why == Why.CALLED
    assert looking.may_look(ola, actor=actor, now=shop.at)
    assert "you called." in enter(ola).get("/account/looks/").text


def test_looks_page_and_access_goes_when_it_is_old(shop: StandingClock, enter: Enter) -> None:
    ola = builders.customer()
    for _ in range(51):
        actions.look_by_reason(ola, why=Why.CHECK, actor="staff:1", now=shop.at)
    own = enter(ola)
    first = own.get("/account/looks/").text
    found = re.search(r'rel="next" href="([^"]+)"', first)
    assert found is not None
    assert own.get(f"/account/looks/{found[1]}").text.count('<li class="py-3">') == 1
    assert own.get("/account/looks/?before=nothing").status_code == 200

    swept(shop.at + timedelta(hours=2) + ACCESS_KEPT)

    assert not Access.objects.exists()
