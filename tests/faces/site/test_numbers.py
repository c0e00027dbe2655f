"""The pages of numbers by the month: what anybody sees, what search engines read, the order."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest
from django.test import Client

from nummer.apps.catalogue import cities
from nummer.apps.leases import actions, queries
from nummer.apps.leases.models import Lease, Rentable
from nummer.apps.leases.ports import install_suppliers
from nummer.apps.ledger import queries as ledger
from nummer.apps.notify.models import Letter
from nummer.suppliers.sandbox.numbers import SandboxNumbers
from tests import builders
from tests.builders import NOW
from tests.faces.conftest import Enter, StandingClock

OSLO = [f"+4759461{n:03d}" for n in range(30)]


@pytest.fixture(autouse=True)
def _stock(shop: StandingClock, tmp_path: object) -> None:
    install_suppliers([SandboxNumbers(tmp_path)])  # type: ignore[arg-type]
    builders.rentals(OSLO, city=cities.city("NO", code="oslo"))


def words(page: str) -> str:
    """Return a page's text in one line."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def form_of(page: str) -> dict[str, str | list[str]]:
    """Return what a browser would send of the order form."""
    fields = re.findall(r'<input type="hidden" name="(key|total|text)" value="([^"]+)"', page)
    form: dict[str, str | list[str]] = {name: value for name, value in fields if name != "text"}
    form["text"] = [value for name, value in fields if name == "text"]
    return {**form, "restrictions": "yes", "immediate": "yes"}


def rent(browser: Client, number: str = OSLO[0]) -> Lease:
    address = f"/rent/{number[1:]}/"
    answer = browser.post(address, form_of(browser.get(address).text))
    assert answer.status_code == 302, answer.text
    return Lease.objects.order_by("-placed_at", "-id")[0]


def rent_and_supply(browser: Client, number: str = OSLO[0]) -> Lease:
    lease = rent(browser, number)
    actions.supply(lease.account_id, lease_id=lease.id, now=NOW)
    lease.refresh_from_db()
    return lease


def test_visitor_sees_countries_cities_and_live_stock_with_tax() -> None:
    browser = Client()
    assert "Norway" in browser.get("/numbers/").text
    text = words(browser.get("/numbers/no/").text)
    assert "Oslo" in text
    assert "30 numbers free" in text
    assert "12.50" in text  # 10.00 and a quarter of tax
    page = browser.get("/numbers/no/oslo/").text
    assert page.count('href="/rent/') == 20
    assert "More numbers" in page


def test_results_are_paged_without_missing_one() -> None:
    browser = Client()
    first = browser.get("/numbers/no/oslo/").text
    [more] = re.findall(r'href="(/numbers/no/oslo/\?after=[^"]+)"', first)
    found = re.findall(r"/rent/(\d+)/", first + browser.get(more.replace("&amp;", "&")).text)
    assert [f"+{digits}" for digits in found] == OSLO


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("digits=1029", 1),
        ("digits=29&where=ends", 1),
        ("digits=59461&where=begins", 20),
        ("digits=4759&where=begins", 0),
        ("digits=02*&where=ends", 10),
        ("kind=mobile", 0),
        ("voice=yes&sms=yes&city=oslo", 20),
    ],
)
def test_numbers_are_found_by_digits_place_and_abilities(query: str, count: int) -> None:
    page = Client().get(f"/numbers/no/?{query}").text
    assert page.count('href="/rent/') == count
    assert "noindex" in page


def test_what_is_no_pattern_is_said_and_what_does_not_exist_is_not_found() -> None:
    browser = Client()
    answer = browser.get("/numbers/no/?digits=abc")
    assert (answer.status_code, "up to 15 digits" in answer.text) == (400, True)
    for address in ("/numbers/xx/", "/numbers/no/atlantis/", "/numbers/NO/", "/rent/12/"):
        assert browser.get(address).status_code in {404, 409}, address


def test_page_names_itself_in_every_language_and_its_prices_for_search_engines() -> None:
    page = Client().get("/nb/numbers/no/oslo/").text
    assert '<html lang="nb"' in page
    assert re.findall(r'hreflang="(\w+|x-default)"', page) == ["en", "nb", "de", "x-default"]
    [canonical] = re.findall(r'rel="canonical" href="([^"]+)"', page)
    assert canonical.endswith("/nb/numbers/no/oslo/")
    [block] = re.findall(r'<script type="application/ld\+json">(.+?)</script>', page, re.DOTALL)
    told = json.loads(block)
    assert (told["@type"], told["url"]) == ("Product", canonical)
    assert told["offers"][0]["availability"] == "https://schema.org/InStock"
    assert "<" not in block


def test_sitemap_names_every_country_and_city_in_three_languages() -> None:
    answer = Client().get("/sitemap.xml")
    assert answer["Content-Type"].startswith("application/xml")
    space = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    found = [node.text or "" for node in ET.fromstring(answer.text).iter(f"{space}loc")]
    for language in ("en", "nb", "de"):
        assert any(url.endswith(f"/{language}/numbers/no/oslo/") for url in found)
    browser = Client()
    for url in found:
        assert browser.get("/" + url.split("/", 3)[3]).status_code == 200, url
    robots = browser.get("/robots.txt").text
    assert "Disallow: /my-numbers/" in robots
    assert "Sitemap: " in robots


@pytest.mark.parametrize("language", ["en", "nb", "de"])
def test_everything_that_counts_stands_above_the_button(enter: Enter, language: str) -> None:
    page = enter(builders.customer(balance="50.00"), language=language).get(f"/rent/{OSLO[0][1:]}/")
    text = words(page.text)
    assert re.search(r"18[.,]75", text)  # 15.00 and a quarter
    assert "RP-N1" in text
    assert "Oslo" in text
    assert "checked" not in page.text


def test_company_may_see_prices_without_tax(enter: Enter) -> None:
    browser = enter(builders.customer(kind="company"))
    assert "10.00" in words(browser.get("/numbers/no/?tax=without").text)
    assert "tax=without" in browser.get("/numbers/no/").text


def test_order_holds_the_money_sends_the_summary_and_shows_where_it_stands(enter: Enter) -> None:
    customer = builders.customer(balance="50.00")
    browser = enter(customer)

    lease = rent(browser)

    assert ledger.balance(customer).spendable.decimal_text() == "31.25"
    assert lease.texts[2]["document"] == "rented-number-restrictions"
    assert Letter.objects.filter(account_id=customer, letter="lease-ordered").count() == 1
    page = words(browser.get(f"/my-numbers/{lease.id}/").text)
    assert "Being prepared" in page
    pdf = browser.get(f"/my-numbers/{lease.id}/summary.pdf")
    assert pdf.content.startswith(b"%PDF")


@pytest.mark.parametrize("missing", ["restrictions", "immediate"])
def test_nothing_is_ordered_without_each_tick(enter: Enter, missing: str) -> None:
    customer = builders.customer(balance="50.00")
    browser = enter(customer)
    address = f"/rent/{OSLO[0][1:]}/"
    form = form_of(browser.get(address).text)
    del form[missing]
    assert browser.post(address, form).status_code == 409
    assert (Lease.objects.count(), Rentable.objects.filter(lease_id=None).count()) == (0, 30)


def test_button_pressed_twice_orders_once_and_the_second_customer_is_told(enter: Enter) -> None:
    browser = enter(builders.customer(balance="50.00"))
    address = f"/rent/{OSLO[0][1:]}/"
    form = form_of(browser.get(address).text)
    other = enter(builders.customer(balance="50.00"))
    late = form_of(other.get(address).text)
    first, second = browser.post(address, form), browser.post(address, form)
    assert (first.status_code, first["Location"]) == (302, second["Location"])
    refused = other.post(address, late)
    assert (refused.status_code, "not free" in words(refused.text)) == (409, True)
    assert Lease.objects.count() == 1


def test_fee_is_kept_back_and_let_go_as_the_customer_switches(enter: Enter) -> None:
    customer = builders.customer(balance="50.00")
    browser = enter(customer)
    lease = rent_and_supply(browser)
    assert not lease.fee_kept
    browser.post(f"/my-numbers/{lease.id}/fee/", {"kept": "yes"})
    actions.moment(customer, lease_id=lease.id, now=NOW)
    assert "12.50 of your balance" in words(browser.get(f"/my-numbers/{lease.id}/").text).replace(
        "€", ""
    )
    browser.post(f"/my-numbers/{lease.id}/fee/", {"kept": "no"})
    assert ledger.balance(customer).earmarked.micro == 0


def test_dialogue_shows_the_exact_sum_that_then_returns(enter: Enter, shop: StandingClock) -> None:
    customer = builders.customer(balance="50.00")
    browser = enter(customer)
    lease = rent_and_supply(browser)
    shop.at = NOW + timedelta(hours=20)
    before = ledger.balance(customer).total
    page = words(browser.get(f"/my-numbers/{lease.id}/end/").text)
    [shown] = re.findall(r"€?([\d.]+) ?€? of the", page)
    assert "PP-6.1" in page

    browser.post(f"/my-numbers/{lease.id}/end/", {"when": "now", "why": "price"})

    gained = ledger.balance(customer).total - before
    assert gained.decimal_text() == shown
    lease.refresh_from_db()
    assert (lease.state, lease.leave_reason) == ("released", "price")


def test_notice_ends_with_the_month_and_can_be_taken_back(enter: Enter) -> None:
    browser = enter(builders.customer(balance="50.00"))
    lease = rent_and_supply(browser)
    browser.post(f"/my-numbers/{lease.id}/end/", {"when": "period", "why": ""})
    assert "Keep the number after all" in browser.get(f"/my-numbers/{lease.id}/").text
    browser.post(f"/my-numbers/{lease.id}/renew-again/")
    lease.refresh_from_db()
    assert lease.state == "active"


def test_problem_is_reported_and_shown_where_one_ends_the_contract(enter: Enter) -> None:
    browser = enter(builders.customer(balance="50.00"))
    lease = rent_and_supply(browser)
    page = browser.get(f"/my-numbers/{lease.id}/report/").text
    [key] = re.findall(r'name="key" value="([^"]+)"', page)
    for _ in range(2):
        browser.post(f"/my-numbers/{lease.id}/report/", {"key": key, "words": "No SMS."})
    assert browser.get(f"/my-numbers/{lease.id}/").text.count("Reported on") == 1
    assert "You reported a problem" in browser.get(f"/my-numbers/{lease.id}/end/").text


def test_lines_of_the_statement_lead_to_the_number_that_they_paid_for(enter: Enter) -> None:
    mine, other = builders.customer(), builders.customer()
    lease = rent_and_supply(enter(mine))
    page = enter(mine).get("/balance/statement/").text

    charges = re.findall(r'href="(/orders/of/[^"]+)"', page)

    assert charges
    for charge in charges:
        assert enter(mine).get(charge)["Location"] == f"/my-numbers/{lease.id}/"
        assert enter(other).get(charge).status_code == 404


def test_numbers_of_others_do_not_exist(enter: Enter) -> None:
    lease = rent_and_supply(enter(builders.customer(balance="50.00")))
    stranger = enter(builders.customer(balance="50.00"))
    for end in ("", "end/", "report/", "summary.pdf"):
        assert stranger.get(f"/my-numbers/{lease.id}/{end}").status_code == 404
    for end in ("fee/", "renew-again/", "pay/", "end/"):
        answer = stranger.post(f"/my-numbers/{lease.id}/{end}", {"when": "now", "kept": "no"})
        assert answer.status_code == 404
    assert queries.lease(lease.account_id, lease_id=lease.id).state == "active"
    assert "You rent no number yet" in stranger.get("/my-numbers/").text
