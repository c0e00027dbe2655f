"""The staff's pages of rates, costs, routes, carriers' price lists and prices of rented numbers."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from nummer.apps.catalogue import sms_lists, sms_pricing, sms_rates
from nummer.apps.catalogue.models import LeasePrice, SmsCost, SmsList, SmsRate, SmsRoute
from nummer.apps.catalogue.sms_pricing import CostLine, RateLine
from nummer.kernel.money import Money
from nummer.kernel.phone import PhoneNumber
from tests import builders
from tests.faces.backoffice.test_staff import at_work
from tests.faces.conftest import StandingClock

WHY = "Agreed for the launch campaign."


def bring(browser: Client, text: str, **changed: str) -> str:
    given = {"carrier": "one", "currency": "EUR", "decimal": ".", "whole": "on", **changed}
    file = SimpleUploadedFile("list.csv", text.encode())
    answer = browser.post("/staff/price-lists/", {**given, "file": file})
    if answer.status_code == 302:
        sms_lists.compare_list(SmsList.objects.latest("created_at").id)
        return answer["Location"]
    return answer.text


def sell(prefix: str, net: str) -> None:
    sms_pricing.add_rates(
        [RateLine(prefix, local=False, net=Money.parse(net, "EUR"), currency="EUR")],
        from_at=builders.NOW,
        actor="staff:1",
        now=builders.NOW,
    )


def route() -> None:
    sms_pricing.set_route(
        carrier="one",
        supplier="one-ltd",
        prefix="",
        enabled=True,
        priority=5,
        throughput_per_s=10,
        actor="staff:1",
        now=builders.NOW,
    )


def test_rate_is_set_and_listed(shop: StandingClock) -> None:
    browser = at_work("finance")

    answer = browser.post("/staff/rates/", {"digits": "479", "currency": "EUR", "net": "0.0525"})

    assert answer.status_code == 302
    shown = browser.get("/staff/rates/").text
    assert "+479" in shown
    assert "€0.0525" in shown
    assert SmsRate.objects.get(prefix="479").from_at == shop.at


def test_rate_below_cost_is_refused_until_there_is_a_reason(shop: StandingClock) -> None:
    sms_pricing.add_costs(
        [CostLine("479", "", Money.parse("0.06", "EUR"), "EUR")],
        carrier="one",
        from_at=shop.at,
        actor="staff:1",
        now=shop.at,
    )
    route()
    browser = at_work("finance")
    typed = {"digits": "479", "currency": "EUR", "net": "0.05"}

    refused = browser.post("/staff/rates/", typed)
    assert refused.status_code == 400
    assert "sold at 0.05 EUR and bought at 0.06 EUR" in refused.text
    assert not SmsRate.objects.filter(prefix="479").exists()

    assert browser.post("/staff/rates/", {**typed, "reason": WHY}).status_code == 302
    assert WHY in browser.get("/staff/rates/").text


def test_support_reads_rates_and_sets_none(shop: StandingClock) -> None:
    browser = at_work("support")

    assert "Set the rate" not in browser.get("/staff/rates/").text
    typed = {"digits": "479", "currency": "EUR", "net": "1"}
    assert browser.post("/staff/rates/", typed).status_code == 403
    assert not SmsRate.objects.filter(prefix="479").exists()


def test_rates_come_page_by_page(shop: StandingClock) -> None:
    sms_pricing.add_rates(
        [
            RateLine(f"99{place:03d}", local=False, net=Money(1, "EUR"), currency="EUR")
            for place in range(150)
        ],
        from_at=shop.at,
        actor="staff:1",
        now=shop.at,
    )
    browser = at_work("finance")

    first = browser.get("/staff/rates/?currency=EUR&prefix=99").text
    (more,) = re.findall(r'href="(\?[^"]+after=[^"]+)"', first)
    second = browser.get("/staff/rates/" + more.replace("&amp;", "&")).text

    assert first.count("+99") == 100
    assert second.count("+99") == 50
    assert not re.search(r'href="\?[^"]+after=', second)


def test_route_is_set_and_replaced(shop: StandingClock) -> None:
    browser = at_work("operations")
    typed = {
        "carrier": "one",
        "supplier": "one-ltd",
        "digits": "47",
        "priority": "3",
        "throughput_per_s": "20",
    }

    assert browser.post("/staff/routes/", {**typed, "enabled": "on"}).status_code == 302
    assert browser.post("/staff/routes/", {**typed, "priority": "4"}).status_code == 302
    sms_pricing.set_quality(
        carrier="one", prefix="47", sent=200, delivered=100, delay_ms=2500, now=shop.at
    )

    row = SmsRoute.objects.get(prefix="47")
    assert (row.enabled, row.priority) == (False, 4)
    shown = browser.get("/staff/routes/").text
    assert "100 / 200" in shown
    assert "2.5 s" in shown


def test_bad_route_says_why(shop: StandingClock) -> None:
    typed = {"carrier": "Big One", "supplier": "x", "priority": "1", "throughput_per_s": "1"}

    answer = at_work("operations").post("/staff/routes/", typed)

    assert answer.status_code == 400
    assert "up to 20 small letters" in answer.text


def test_list_is_brought_compared_and_taken_over(shop: StandingClock) -> None:
    route()
    sell("47", "0.05")
    browser = at_work("finance")
    text = "Code,Destination,Price\n47,Norway,0.06\n46,=HYPERLINK(1),0.04\n"

    page = bring(browser, text)

    shown = browser.get(page).text
    assert "2 of 2 prefixes compared" in shown
    assert "1 prefix would be sold below cost." in shown
    assert "+47" in browser.get(page + "?show=loss").text
    assert "+46" not in browser.get(page + "?show=loss").text
    refused = browser.post(page, {"button": "take"}, follow=True).text
    assert "give a reason to allow it" in refused
    assert SmsCost.objects.count() == 0
    taken = browser.post(page, {"button": "take", "reason": WHY}, follow=True).text
    assert "The list was taken over." in taken
    browser.post(page, {"button": "take", "reason": WHY})
    assert SmsCost.objects.count() == 2
    assert "Norway" in browser.get("/staff/costs/?carrier=one").text


def test_differences_are_given_as_csv(shop: StandingClock) -> None:
    browser = at_work("finance")
    page = bring(browser, "Code,Destination,Price\n47,Norway,0.06\n46,=HYPERLINK(1),0.04\n")

    answer = browser.get(f"{page}csv/")

    rows = list(csv.DictReader(io.StringIO(answer.getvalue().decode())))
    assert [(row["prefix"], row["change"], row["after"]) for row in rows] == [
        ("46", "new", "0.04"),
        ("47", "new", "0.06"),
    ]
    assert rows[0]["destination"] == "'=HYPERLINK(1)"


def test_bad_list_is_refused_with_line_and_column(shop: StandingClock) -> None:
    shown = bring(at_work("finance"), 'Code,Price\n47,"0,06"\n')

    assert "Line 2, column Price: this is not a price" in shown
    assert SmsList.objects.count() == 0


def test_page_shows_progress_while_it_is_compared(shop: StandingClock) -> None:
    browser = at_work("finance")
    list_id = sms_lists.start_list(
        b"prefix,price\n47,1\n",
        carrier="one",
        form=sms_lists.ListForm("EUR", "."),
        whole=True,
        from_at=shop.at,
        actor="staff:1",
        now=shop.at,
    )

    waiting = browser.get(f"/staff/price-lists/{list_id}/", headers={"hx-request": "true"}).text
    assert 'hx-trigger="every 1s"' in waiting
    assert "<html" not in waiting
    sms_lists.compare_list(list_id)
    assert "every 1s" not in browser.get(f"/staff/price-lists/{list_id}/").text


def test_dropped_list_holds_nowhere(shop: StandingClock) -> None:
    browser = at_work("operations")
    page = bring(browser, "Code,Price\n47,0.06\n")

    browser.post(page, {"button": "drop"})
    browser.post(page, {"button": "take"})

    assert SmsCost.objects.count() == 0


def test_parity_is_set(shop: StandingClock) -> None:
    browser = at_work("finance")

    assert browser.post("/staff/costs/", {"currency": "sek", "euro": "0.09"}).status_code == 302

    assert "SEK" in browser.get("/staff/costs/").text


def test_price_of_rented_numbers_is_set(shop: StandingClock) -> None:
    browser = at_work("finance")
    typed = {
        "country": "NO",
        "kind": "mobile",
        "currency": "EUR",
        "monthly": "12.00",
        "setup": "0",
        "from_at": (shop.at + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%S"),
    }

    assert browser.post("/staff/lease-prices/", typed).status_code == 302

    assert LeasePrice.objects.filter(kind="mobile", monthly_net_micro=12_000_000).exists()
    assert "€12.00" in browser.get("/staff/lease-prices/").text


@pytest.mark.parametrize("address", ["rates", "costs", "routes", "lease-prices", "price-lists"])
@pytest.mark.parametrize("language", ["nb", "de"])
def test_pages_open_in_every_language_when_there_is_nothing(
    shop: StandingClock, address: str, language: str
) -> None:
    SmsRate.objects.all().delete()

    answer = at_work("owner").get(
        f"/staff/{address}/?after=%00:x&prefix=%00", headers={"accept-language": language}
    )

    assert answer.status_code == 200


def test_what_was_set_is_what_is_quoted(shop: StandingClock) -> None:
    at_work("finance").post(
        "/staff/rates/", {"digits": "4799", "currency": "EUR", "net": "0.33", "local": "on"}
    )

    quote = sms_rates.sms_quote(
        to=PhoneNumber("+4799000000"),
        ours_country="NO",
        currency="EUR",
        customer_country="US",
        now=shop.at,
    )
    assert (quote.per_part.net, quote.local) == (Money.parse("0.33", "EUR"), True)


def test_margins_are_shown_and_given_as_csv(shop: StandingClock) -> None:
    browser = at_work("finance")

    assert "none yet" in browser.get("/staff/margins/").text
    assert browser.get("/staff/margins/?since=x&until=9999-99-99&after=%00|").status_code == 200
    answer = browser.get("/staff/margins/csv/?since=2026-11-01")
    assert answer.getvalue().decode().startswith("day,prefix,carrier,supplier,messages,parts")
