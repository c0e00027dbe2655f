"""The verbs that programs call most ask the database once, and learn at once what changed."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from nummer.apps.accounts import actions as accounts
from nummer.apps.catalogue import actions as catalogue
from tests.builders import NOW
from tests.dialects.conftest import NORWAY, Moment, Program, get

BUY = {"action": "getNumber", "service": "tg", "country": NORWAY}


def test_a_program_that_is_known_buys_with_one_statement(program: Program) -> None:
    program.buy()

    with CaptureQueriesContext(connection) as asked:
        program.buy()

    assert len(asked) == 1


def test_a_program_that_is_known_waits_with_one_statement(program: Program) -> None:
    order_id, _ = program.buy()

    with CaptureQueriesContext(connection) as asked:
        assert program.call("getStatus", id=order_id) == "STATUS_WAIT_CODE"

    assert len(asked) == 1


@pytest.mark.parametrize("action", ["getNumber", "getNumberV2", "getStatus"])
@pytest.mark.parametrize("service", ["tg", "no-such"])
def test_a_withdrawn_key_that_was_known_is_unknown_at_once(
    program: Program, action: str, service: str
) -> None:
    order_id, _ = program.buy()
    program.call("getStatus", id=order_id)
    accounts.revoke_key(program.account_id, key_id=program.key_id, now=NOW)

    for asked_id in (order_id, "none"):
        answer = program.call(action, service=service, country=NORWAY, id=asked_id)
        assert answer == "BAD_KEY"

    assert program.orders() == 1


@pytest.mark.parametrize("action", ["getNumber", "getNumberV2"])
@pytest.mark.parametrize("on_sale", [True, False])
def test_a_withdrawn_key_that_was_known_is_told_no_earlier_order(
    program: Program, action: str, *, on_sale: bool
) -> None:
    program.buy(orderId="1")
    accounts.revoke_key(program.account_id, key_id=program.key_id, now=NOW)
    catalogue.switch_service("tg", enabled=on_sale, actor="staff:0", now=NOW)

    answer = program.call(action, service="tg", country=NORWAY, orderId="1")

    assert answer == "BAD_KEY"


@pytest.mark.parametrize("on_sale", [True, False])
def test_an_earlier_order_is_told_in_the_form_that_its_key_has_now(
    program: Program, *, on_sale: bool
) -> None:
    order_id, _ = program.buy(orderId="1")
    accounts.set_key_dialect(program.account_id, key_id=program.key_id, dialect="hero", now=NOW)
    catalogue.switch_service("tg", enabled=on_sale, actor="staff:0", now=NOW)

    again, _ = program.buy(orderId="1")

    assert again == order_id


def test_a_key_that_was_known_changes_its_form_at_once(program: Program) -> None:
    order_id, _ = program.buy()
    accounts.set_key_dialect(program.account_id, key_id=program.key_id, dialect="hero", now=NOW)

    refused = get({"api_key": program.key, "action": "getStatus", "id": "1"})
    answer = program.call("getStatus", id=order_id)

    assert (refused.status_code, refused["Content-Type"]) == (404, "application/json")
    assert answer == "STATUS_WAIT_CODE"


def test_a_service_is_off_at_once_for_a_program_that_bought_it(program: Program) -> None:
    program.buy()
    catalogue.switch_service("tg", enabled=False, actor="staff:0", now=NOW)

    assert get({"api_key": program.key, **BUY}).content == b"BAD_SERVICE"
    assert program.orders() == 1


def test_a_program_whose_texts_changed_is_told_so_after_earlier_purchases(
    program: Program, moment: Moment, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datetime import timedelta

    from nummer.apps.agreements.models import Published
    from nummer.kernel.ids import new_id

    program.buy()
    Published.objects.bulk_create(
        [
            Published(
                id=new_id(),
                document="one-time-restrictions",
                version="2027-01-01",
                language=language,
                title="Restrictions",
                text="New restrictions.",
                sha256="2" * 64,
                source_sha256="2" * 64,
                published_at=NOW,
                effective_at=NOW + timedelta(minutes=1),
            )
            for language in ("en", "nb", "de")
        ]
    )
    assert get({"api_key": program.key, **BUY}).content.startswith(b"ACCESS_NUMBER")

    moment.at = NOW + timedelta(minutes=1)
    answer = get({"api_key": program.key, **BUY})

    assert (answer.content, answer["X-Refusal"]) == (b"ACCOUNT_INACTIVE", "texts_changed")
