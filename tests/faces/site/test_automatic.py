"""Automatic top-ups: nothing without a tick under the whole sentence, and an end at any time."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from nummer.apps.payments import queries
from nummer.apps.payments.models import TopUp
from tests import builders
from tests.apps.payments.conftest import Provider, provider
from tests.faces.conftest import LANGUAGES, Enter

__all__ = ["provider"]

ADDRESS = "/balance/automatic/"
FORM = {"threshold": "5", "amount": "20,00", "cap": "60.00", "method": "sandbox-card"}


def confirmed(browser: Client, **changes: str) -> str:
    """Fill in the first page, agree on the second, and return where the browser is sent."""
    page = browser.post(ADDRESS, FORM).text
    key = re.search(r'name="key" value="([^"]+)"', page)
    assert key is not None
    form = {**FORM, "confirmed": "yes", "agree": "yes", "key": key[1], **changes}
    answer = browser.post(ADDRESS, {name: value for name, value in form.items() if value})
    return answer.headers.get("location", answer.text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sentence_names_every_amount_and_nothing_is_kept_before_the_tick(
    provider: Provider, enter: Enter, language: str
) -> None:
    customer = builders.customer(locale=language)

    page = enter(customer, language=language).post(ADDRESS, FORM).text

    label = re.search(r'name="agree"[^>]*required><span>([^<]+)<', page)
    assert label is not None
    for amount in ("5", "20", "60"):
        assert re.search(rf"\b{amount}[.,]00", label[1])
    assert 'type="checkbox" name="agree" value="yes" required>' in page
    assert queries.auto_top_up(customer) is None


def test_consent_begins_with_a_payment_and_ends_at_once(provider: Provider, enter: Enter) -> None:
    customer = builders.customer(balance="0.00")
    browser = enter(customer)

    address = confirmed(browser)
    (top_up,) = TopUp.objects.filter(account_id=customer)
    assert address == f"/balance/top-up/{top_up.id}/"  # the test's provider is another site
    with provider.desk.change() as memory:
        from nummer.suppliers.sandbox.payments import objects

        objects.pay_session(memory, top_up.provider_reference)
    provider.tell()
    assert "Automatic top-ups are on." in browser.get(ADDRESS).text

    browser.post(ADDRESS + "stop/")

    row = queries.auto_top_up(customer)
    assert row is not None
    assert (row.state, row.stop_reason) == ("stopped", "withdrawn")
    assert "Automatic top-ups are off." in browser.get(ADDRESS).text


@pytest.mark.parametrize(
    ("label", "changes", "told"),
    [
        ("no tick", {"agree": ""}, "need your consent"),
        ("a cap below one top-up", {"cap": "19.99"}, "at least the amount"),
        ("more than the most", {"amount": "1000.01", "cap": "2000"}, "largest top-up"),
        ("a slip", {"method": "sandbox-voucher"}, "Select a valid choice"),
        ("no amount", {"amount": "abc"}, "Please write an amount"),
        ("a card", {"threshold": "4111111111111111"}, "Never give card details"),
    ],
)
def test_what_cannot_be_agreed_to(
    provider: Provider, enter: Enter, *, label: str, changes: dict[str, str], told: str
) -> None:
    customer = builders.customer(balance="0.00")

    answer = confirmed(enter(customer), **changes)

    assert told in answer, label
    assert queries.auto_top_up(customer) is None
    assert not TopUp.objects.filter(account_id=customer).exists()


def test_each_method_says_its_least_and_most_before_paying(
    provider: Provider, enter: Enter
) -> None:
    page = enter(builders.customer()).get("/balance/top-up/").text

    assert "from €1.00 to €1,000.00" in page
    assert "from €5.00 to €100.00" in page
