"""The page where a customer limits what his account spends on messages."""

from __future__ import annotations

import pytest
from django.test import Client

from nummer.apps.audit.models import Line
from nummer.apps.messaging.actions import habits
from nummer.kernel.money import Money
from tests.builders import customer
from tests.faces.conftest import LANGUAGES, Enter

pytestmark = pytest.mark.django_db
PATH = "/account/spending/"


def limit(account_id: int) -> Money | None:
    return habits.spend_limit(account_id, currency="EUR")


@pytest.fixture
def account_id(enter: Enter) -> int:
    return customer()


@pytest.fixture
def signed_in(account_id: int, enter: Enter) -> Client:
    """Return the browser of somebody who gave his password just now."""
    browser = enter(account_id)
    browser.post(f"/accounts/reauthenticate/?next={PATH}", {"password": "correct horse battery"})
    return browser


def test_a_limit_is_set_and_lifted_on_the_page(account_id: int, signed_in: Client) -> None:
    before = limit(account_id)
    page = signed_in.post(PATH, {"limit": "12,50"}, follow=True).text
    between = limit(account_id)
    signed_in.post(PATH, {"limit": ""})

    assert before is None
    assert between == Money.parse("12.50", "EUR")
    assert "Saved." in page
    assert 'value="12.50' in page
    assert limit(account_id) is None
    lines = Line.objects.filter(account_id=account_id, place="messaging_sender").order_by("id")
    assert list(lines.values_list("actor", "verb")) == [
        (f"customer:{account_id}", "set_spend_limit"),
        (f"customer:{account_id}", "remove_spend_limit"),
    ]


@pytest.mark.parametrize("typed", ["0", "-1", "a lot", "1.001", "9" * 16])
def test_what_is_no_amount_changes_nothing(account_id: int, signed_in: Client, typed: str) -> None:
    signed_in.post(PATH, {"limit": "5"})

    assert signed_in.post(PATH, {"limit": typed}).status_code == 400
    assert limit(account_id) == Money.parse("5", "EUR")


def test_who_did_not_sign_in_just_now_changes_no_limit(account_id: int, enter: Enter) -> None:
    answer = enter(account_id).post(PATH, {"limit": "5"})

    assert (answer.status_code, "reauthenticate" in answer["Location"]) == (302, True)
    assert limit(account_id) is None


def test_the_page_speaks_each_language(account_id: int, signed_in: Client) -> None:
    titles = {
        signed_in.get(PATH, headers={"accept-language": language}).text.split("<h1>")[1][:20]
        for language in LANGUAGES
    }

    assert len(titles) == len(LANGUAGES)
