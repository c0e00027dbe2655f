"""No form takes the number of a card or a bank account, wherever somebody types it."""

from __future__ import annotations

import pytest

from nummer.apps.accounts import queries as accounts
from tests import builders
from tests.faces.conftest import Enter

NUMBERS = [
    "4111 1111 1111 1111",
    "NO93 8601 1117 947",
    "\uff14111111111111111",
    "my 378282246310005",
]


@pytest.mark.parametrize("typed", NUMBERS)
@pytest.mark.parametrize(
    ("address", "field"),
    [("/keys/", "label"), ("/invoices/details/", "name"), ("/balance/top-up/", "note")],
)
def test_a_number_in_any_field_is_refused_and_not_shown(
    enter: Enter, address: str, field: str, typed: str
) -> None:
    customer = builders.customer()

    answer = enter(customer).post(address, {field: typed, "method": "sandbox-card"})

    assert answer.status_code == 409
    assert "Never give card details here." in answer.text
    assert typed not in answer.text
    assert accounts.keys(customer) == []


def test_phones_ids_and_passwords_are_no_payment_numbers(enter: Enter) -> None:
    form = {
        "label": "+49 1512 3456789, 0192d3f4-4111-7111-8111-111111111111",
        "password": "4111111111111111",
    }

    answer = enter(builders.customer()).post("/keys/", form)

    assert "Never give card details here." not in answer.text
