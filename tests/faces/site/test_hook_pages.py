"""Webhooks on pages: opening one, its log, sending again, and whose it is."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from nummer.apps.webhooks import queries
from nummer.apps.webhooks.actions import send_test
from tests import builders
from tests.faces.conftest import LANGUAGES, Enter
from tests.hooks import Receiver, Reply, failing, work

pytestmark = pytest.mark.django_db


def opened(enter: Enter, receiver: Receiver, *, language: str = "en"):  # type: ignore[no-untyped-def]  # a browser, the customer and the webhook
    customer = builders.customer()
    browser = enter(customer, language=language)
    answer = browser.post(reverse("site:hooks"), {"url": receiver.url(), "kind": ["lease.ended"]})
    assert answer.status_code == 200
    assert re.search(r"whsec_[A-Za-z0-9+/=]{40,}", answer.content.decode())
    [row] = queries.endpoints(customer)
    return browser, customer, row.id


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_customer_opens_a_webhook_and_sees_what_became_of_an_event(
    enter: Enter, language: str
) -> None:
    with Receiver() as receiver:
        browser, customer, endpoint_id = opened(enter, receiver, language=language)
        receiver.reply = failing()
        event_id = send_test(customer, endpoint_id=endpoint_id, now=builders.NOW)
        work(builders.NOW)
        page = browser.get(reverse("site:hook", args=[endpoint_id])).content.decode()
        one = reverse("site:hook-delivery", args=[endpoint_id, event_id])
        detail = browser.get(one).content.decode()

    assert one in page
    assert receiver.url() in page
    assert "whsec_" not in page
    assert f"msg_{event_id.hex}" in detail
    assert "500" in detail
    assert " ms" in detail


def test_an_event_is_sent_again_from_its_page(enter: Enter) -> None:
    with Receiver() as receiver:
        browser, customer, endpoint_id = opened(enter, receiver)
        receiver.reply = failing()
        event_id = send_test(customer, endpoint_id=endpoint_id, now=builders.NOW)
        work(builders.NOW)
        receiver.reply = lambda told: Reply()
        browser.post(reverse("site:hook-delivery", args=[endpoint_id, event_id]))
        work(builders.NOW + timedelta(minutes=1))

    told = queries.delivery(customer, endpoint_id=endpoint_id, event_id=event_id)
    assert (told.state, told.attempts) == ("done", 2)


def test_a_customer_switches_tests_changes_and_removes(enter: Enter) -> None:
    with Receiver() as receiver:
        browser, customer, endpoint_id = opened(enter, receiver)
        change = reverse("site:hook-change", args=[endpoint_id])

        browser.post(change, {"step": "test"})
        browser.post(change, {"step": "off"})
        assert queries.endpoint(customer, endpoint_id=endpoint_id).state == "off"
        assert [row.state for row in queries.deliveries(customer, endpoint_id=endpoint_id)] == [
            "missed"
        ]
        browser.post(change, {"step": "on"})
        browser.post(change, {"step": "replay", "hours": "24"})
        assert [row.state for row in queries.deliveries(customer, endpoint_id=endpoint_id)] == [
            "waiting"
        ]
        browser.post(change, {"step": "settings", "url": receiver.url("/new"), "kind": []})
        row = queries.endpoint(customer, endpoint_id=endpoint_id)
        assert (row.url, row.kinds) == (receiver.url("/new"), ())
        secret = browser.post(reverse("site:hook-secret", args=[endpoint_id])).content.decode()
        assert "whsec_" in secret
        browser.post(change, {"step": "remove"})
        assert queries.endpoints(customer) == []


def test_an_address_that_leads_inside_is_refused_and_the_form_keeps_it(enter: Enter) -> None:
    customer = builders.customer()
    answer = enter(customer).post(reverse("site:hooks"), {"url": "https://10.0.0.1/x"})

    assert answer.status_code == 409
    assert 'value="https://10.0.0.1/x"' in answer.content.decode()
    assert queries.endpoints(customer) == []


def test_an_address_is_shown_as_text_only(enter: Enter) -> None:
    with Receiver() as receiver:
        customer = builders.customer()
        browser = enter(customer)
        url = receiver.url("/?q='onload=alert(1)")
        browser.post(reverse("site:hooks"), {"url": url})
        [row] = queries.endpoints(customer)
        pages = [
            browser.get(reverse("site:hooks")).content.decode(),
            browser.get(reverse("site:hook", args=[row.id])).content.decode(),
        ]

    assert row.url == url
    assert all("&#x27;onload" in page and "'onload" not in page for page in pages)


def test_another_customers_webhook_does_not_exist(enter: Enter) -> None:
    with Receiver() as receiver:
        _, customer, endpoint_id = opened(enter, receiver)
        event_id = send_test(customer, endpoint_id=endpoint_id, now=builders.NOW)
        other = enter(builders.customer())

        one = reverse("site:hook-delivery", args=[endpoint_id, event_id])
        assert other.get(reverse("site:hook", args=[endpoint_id])).status_code == 404
        assert other.get(one).status_code == 404
        assert other.post(one).status_code == 404
        assert other.post(reverse("site:hook-secret", args=[endpoint_id])).status_code == 404
        for step in ("on", "off", "test", "replay", "settings", "remove"):
            answer = other.post(
                reverse("site:hook-change", args=[endpoint_id]),
                {"step": step, "url": receiver.url("/mine")},
            )
            assert answer.status_code == 404, step
    [row] = queries.endpoints(customer)
    assert (row.url, row.state) == (receiver.url(), "on")
