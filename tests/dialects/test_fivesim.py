"""The 5sim protocol as programs see it: exact forms, stages, money, refusals."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse

from nummer.apps.accounts import actions as accounts
from nummer.apps.catalogue import queries as catalogue
from nummer.apps.ledger import queries as ledger
from nummer.apps.numbers import queries as numbers
from nummer.apps.numbers.models import CodeRate, Slot
from nummer.apps.numbers.rates.figures import Tally
from nummer.apps.refunds import actions as refunds
from nummer.faces.api_fivesim import names, views
from nummer.kernel.limits import CallLimit
from nummer.kernel.money import Money
from tests.builders import NOW, deliver, lift_limits, price
from tests.dialects.conftest import Moment, Program, get, post

TEXT = "Telegram code: 48213. Do not give this code to anyone."
BUY = "user/buy/activation/norway/any/telegram"


@pytest.fixture(autouse=True)
def each_test_counts_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "PROGRAMS", CallLimit(per_s=1000, burst=1000))
    monkeypatch.setattr(views, "GUESTS", CallLimit(per_s=1000, burst=1000))


def ask(program: Program | None, path: str, *, root: str = "/v1/", **query: object) -> HttpResponse:
    key = {} if program is None else {"HTTP_AUTHORIZATION": f"Bearer {program.key}"}
    return get(query, path=root + path, **key)


def read(program: Program | None, path: str, **query: object) -> Any:
    answer = ask(program, path, **query)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json"), answer.content
    return json.loads(answer.content)


def refused(program: Program | None, path: str, **query: object) -> tuple[int, str]:
    answer = ask(program, path, **query)
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    return answer.status_code, answer.content.decode()


def balance(program: Program) -> str:
    return ledger.balance(program.account_id).spendable.decimal_text()


def left() -> str:
    """Return what is left of 20 euros after one order."""
    return (Money.parse("20.00", "EUR") - price()).decimal_text()


def test_a_purchase_has_the_types_that_clients_need(program: Program) -> None:
    bought = read(program, BUY)

    order_id, phone = bought.pop("id"), bought.pop("phone")
    assert isinstance(order_id, int)
    assert phone.startswith("+475944")
    assert bought == {
        "operator": "sandbox",
        "product": "telegram",
        "price": float(price().decimal()),
        "status": "PENDING",
        "expires": "2026-11-22T12:20:00.000000Z",
        "sms": None,
        "created_at": "2026-11-22T12:00:00.000000Z",
        "forwarding": False,
        "forwarding_number": "",
        "country": "norway",
    }
    assert balance(program) == left()


def test_from_purchase_to_code_to_finish(program: Program, moment: Moment) -> None:
    bought = read(program, BUY)
    waiting = read(program, f"user/check/{bought['id']}")
    moment.advance(seconds=30)
    deliver(bought["phone"], TEXT, at=moment.now())

    received = read(program, f"user/check/{bought['id']}")
    inbox = read(program, f"user/sms/inbox/{bought['id']}")
    finished = read(program, f"user/finish/{bought['id']}")

    assert (waiting["status"], waiting["sms"]) == ("PENDING", [])
    sms = {
        "created_at": "2026-11-22T12:00:30.000000Z",
        "date": "2026-11-22T12:00:30.000000Z",
        "sender": "Telegram",
        "text": TEXT,
        "code": "48213",
    }
    assert (received["status"], received["sms"]) == ("RECEIVED", [sms])
    assert inbox == {"Data": [sms], "Total": 1}
    assert finished["status"] == "FINISHED"
    assert read(program, f"user/finish/{bought['id']}") == finished
    assert balance(program) == left()


def test_a_message_without_a_code_is_shown_and_ends_nothing(
    program: Program, moment: Moment
) -> None:
    bought = read(program, BUY)
    deliver(bought["phone"], "Welcome to our network", sender="Carrier", at=moment.now())

    shown = read(program, f"user/check/{bought['id']}")

    assert (shown["status"], shown["sms"][0]["code"]) == ("PENDING", "")
    assert read(program, f"user/cancel/{bought['id']}")["status"] == "CANCELED"


@pytest.mark.clause("RP-B4")
@pytest.mark.parametrize(("verb", "status"), [("cancel", "CANCELED"), ("ban", "BANNED")])
def test_without_a_code_the_price_is_back(program: Program, verb: str, status: str) -> None:
    order_id = read(program, BUY)["id"]

    ended = read(program, f"user/{verb}/{order_id}")

    assert ended["status"] == status
    assert balance(program) == "20.00"
    assert read(program, f"user/check/{order_id}") == ended
    assert read(program, f"user/cancel/{order_id}") == ended
    assert refused(program, f"user/finish/{order_id}") == (400, "order expired")
    assert balance(program) == "20.00"


@pytest.mark.clause("RP-N2")
@pytest.mark.parametrize("verb", ["cancel", "ban"])
def test_after_the_code_nothing_is_given_back(program: Program, moment: Moment, verb: str) -> None:
    bought = read(program, BUY)
    deliver(bought["phone"], TEXT, at=moment.now())

    answer = ask(program, f"user/{verb}/{bought['id']}")

    assert (answer.status_code, answer.content) == (400, b"order has sms")
    assert answer["X-Refusal"] == "code_already_shown"
    assert read(program, f"user/check/{bought['id']}")["status"] == "RECEIVED"
    assert balance(program) == left()


def test_a_window_that_ends_without_a_code_is_a_timeout(program: Program, moment: Moment) -> None:
    order_id = read(program, BUY)["id"]
    moment.advance(minutes=21)
    (row,) = numbers.activations(program.account_id)
    refunds.end_window(program.account_id, key=row.key, now=moment.now())

    assert read(program, f"user/check/{order_id}")["status"] == "TIMEOUT"
    assert refused(program, f"user/cancel/{order_id}") == (400, "order expired")
    assert balance(program) == "20.00"


def test_nothing_to_finish_before_a_code(program: Program) -> None:
    order_id = read(program, BUY)["id"]

    assert refused(program, f"user/finish/{order_id}") == (400, "order no sms")
    assert read(program, f"user/check/{order_id}")["status"] == "PENDING"


def test_the_same_idempotency_key_buys_once(program: Program) -> None:
    header = {"HTTP_AUTHORIZATION": f"Bearer {program.key}", "HTTP_IDEMPOTENCY_KEY": "mine-1"}

    answers = [get(path=f"/v1/{BUY}", **header) for _ in range(3)]
    other = get(path="/v1/user/buy/activation/norway/any/whatsapp", **header)

    assert len({answer.content for answer in answers}) == 1
    assert program.orders() == 1
    assert (other.status_code, other.content) == (409, b"order already exists")


def test_equal_calls_without_a_key_of_their_own_are_several_purchases(program: Program) -> None:
    assert read(program, BUY)["phone"] != read(program, BUY)["phone"]


def test_any_country_is_the_cheapest_that_has_a_number(program: Program) -> None:
    assert read(program, "user/buy/activation/any/any/telegram")["country"] == "norway"
    assert refused(program, "user/buy/activation/any/any/signal") == (200, "no free phones")


def test_a_repeated_call_for_any_country_returns_its_order_from_an_empty_shelf(
    program: Program,
) -> None:
    header = {"HTTP_AUTHORIZATION": f"Bearer {program.key}", "HTTP_IDEMPOTENCY_KEY": "mine-1"}
    first = get(path="/v1/user/buy/activation/any/any/telegram", **header)
    Slot.objects.filter(claimed_at=None).update(withdrawn=True)

    again = get(path="/v1/user/buy/activation/any/any/telegram", **header)

    assert (again.status_code, again.content) == (200, first.content)
    assert program.orders() == 1


def test_the_highest_price_is_kept_to(program: Program) -> None:
    assert refused(program, BUY, maxPrice="0.01") == (200, "no free phones")
    assert read(program, BUY, maxPrice="99.999999999")["status"] == "PENDING"


@pytest.mark.parametrize(
    ("path", "query", "answer"),
    [
        ("user/buy/activation/atlantis/any/telegram", {}, (400, "bad country")),
        ("user/buy/activation//any/telegram", {}, (400, "select country")),
        ("user/buy/activation/norway//telegram", {}, (400, "select operator")),
        ("user/buy/activation/norway/any/", {}, (400, "no product")),
        ("user/buy/activation/norway/any/nope", {}, (400, "no product")),
        ("user/buy/activation/norway/any/signal", {}, (400, "no product")),
        ("user/buy/activation/norway/nobody/telegram", {}, (400, "bad operator")),
        ("user/buy/activation/afghanistan/any/telegram", {}, (200, "no free phones")),
        (BUY, {"forwarding": "true", "number": "79001112233"}, (200, "no free phones")),
        (BUY, {"voice": "1"}, (200, "no free phones")),
        (BUY, {"reuse": "1"}, (200, "no free phones")),
        (BUY, {"maxPrice": "NaN"}, (400, "bad request")),
        (BUY, {"maxPrice": "-1"}, (400, "bad request")),
        (BUY, {"maxPrice": "9" * 12}, (400, "bad request")),
        (BUY, {"maxPrice": "1\x00"}, (400, "bad request")),
        (BUY, {"voice": "x" * 300}, (400, "bad request")),
        ("user/buy/hosting/norway/any/1day", {}, (200, "no free phones")),
        ("user/reuse/telegram/4759440001", {}, (400, "reuse not possible")),
        ("user/buy/activation/norway/any", {}, (404, "page not found")),
        ("user/buy/activation/norway/any/telegram/more", {}, (404, "page not found")),
        ("user/buy/activation/NO/any/telegram' OR 1=1--", {}, (400, "no product")),
        ("user/buy/activation/no\x00rway/any/telegram", {}, (400, "bad country")),
        ("user/buy/activation/norway/\ud7ff/telegram", {}, (400, "bad operator")),
    ],
)
def test_a_purchase_that_cannot_be_buys_nothing(
    program: Program, path: str, query: dict[str, str], answer: tuple[int, str]
) -> None:
    assert refused(program, path, **query) == answer
    assert (program.orders(), balance(program)) == (0, "20.00")


@pytest.mark.parametrize(
    "order_id",
    ["", "0", "-1", "1.5", "1e9", "9" * 19, "9" * 400, "١٢٣", "0x10", "1 OR 1=1", "null", "1\x00"],
)
@pytest.mark.parametrize("verb", ["check", "finish", "cancel", "ban", "sms/inbox"])
def test_no_id_but_a_real_one_is_an_order(program: Program, verb: str, order_id: str) -> None:
    assert refused(program, f"user/{verb}/{order_id}") == (404, "order not found")


def test_another_customers_order_is_no_order(
    programs: Callable[..., Program], program: Program
) -> None:
    stranger = programs()
    order_id = read(program, BUY)["id"]

    for verb in ("check", "finish", "cancel", "ban", "sms/inbox"):
        assert refused(stranger, f"user/{verb}/{order_id}") == (404, "order not found")
    assert read(program, f"user/check/{order_id}")["status"] == "PENDING"
    assert read(stranger, "user/orders", category="activation")["Data"] == []


def test_too_little_money_buys_nothing(programs: Callable[..., Program]) -> None:
    poor = programs(balance="0.10")

    assert refused(poor, BUY) == (400, "not enough user balance")
    assert (poor.orders(), balance(poor)) == (0, "0.10")


def test_orders_come_in_pages_from_either_end(program: Program) -> None:
    lift_limits(program.account_id)
    ids = [read(program, BUY)["id"] for _ in range(3)]

    def page(**query: object) -> list[int]:
        found = read(program, "user/orders", category="activation", **query)
        assert (found["Total"], found["ProductNames"], found["Statuses"]) == (3, [], [])
        return [order["id"] for order in found["Data"]]

    assert page() == ids[::-1]
    assert page(reverse="true", order="id") == ids[::-1]
    assert page(reverse="false") == ids
    assert page(limit=1, offset=1) == [ids[1]]
    assert page(limit=2, offset=2, reverse="false") == [ids[2]]
    assert page(offset=100_000) == []
    assert page(limit=0) == []
    assert read(program, "user/orders", category="hosting") == {
        "Data": [],
        "ProductNames": [],
        "Statuses": [],
        "Total": 0,
    }


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ({}, (400, "select category")),
        ({"category": "all"}, (400, "select category")),
        ({"category": "activation", "limit": "-1"}, (400, "bad request")),
        ({"category": "activation", "limit": "ten"}, (400, "bad request")),
        ({"category": "activation", "offset": "9" * 30}, (400, "bad request")),
        ({"category": "activation", "order": "password"}, (400, "bad request")),
    ],
)
def test_a_history_that_cannot_be_asked_for(
    program: Program, query: dict[str, str], answer: tuple[int, str]
) -> None:
    assert refused(program, "user/orders", **query) == answer


def test_payments_are_what_moved_the_balance(program: Program) -> None:
    order_id = read(program, BUY)["id"]
    read(program, f"user/cancel/{order_id}")

    def page(**query: object) -> list[tuple[int, str]]:
        found = read(program, "user/payments", **query)
        assert found["Total"] == 3
        return [(line["ID"], line["TypeName"]) for line in found["Data"]]

    whole = read(program, "user/payments")
    cost = float(price().decimal())
    assert page() == [(3, "refund"), (2, "order"), (1, "topup")]
    assert page(reverse="false") == [(1, "topup"), (2, "order"), (3, "refund")]
    assert page(limit=1, offset=1) == [(2, "order")]
    assert page(limit=2, offset=2) == [(1, "topup")]
    assert page(limit=5, offset=3) == []
    assert page(limit=1, offset=2, reverse="false") == [(3, "refund")]
    assert whole["Data"][1] == {
        "ID": 2,
        "TypeName": "order",
        "ProviderName": "",
        "Amount": -cost,
        "Balance": round(20 - cost, 6),
        "CreatedAt": "2026-11-22T12:00:00.000000Z",
    }
    assert {"Name": "topup"} in whole["PaymentTypes"]


def test_the_profile_tells_the_balance(program: Program) -> None:
    profile = read(program, "user/profile")

    assert profile.pop("email").endswith("@example.com")
    assert profile == {
        "id": program.account_id,
        "vendor": "",
        "default_forwarding_number": "",
        "balance": 20.0,
        "rating": 96,
        "default_country": {"name": "norway", "iso": "no", "prefix": "+47"},
        "default_operator": {"name": ""},
        "frozen_balance": 0.0,
    }


def test_what_is_on_sale_needs_no_key(program: Program) -> None:
    cost = float(price().decimal())
    offered = {"cost": cost, "count": 12}

    products = read(None, "guest/products/norway/any")
    assert products["telegram"] == {"Category": "activation", "Qty": 12, "Price": cost}
    assert read(None, "guest/products/norway/sandbox")["telegram"]["Qty"] == 12
    assert read(None, "guest/products/any/any")["whatsapp"]["Qty"] == 12
    both = read(None, "guest/prices", country="norway", product="telegram")
    assert both == {"norway": {"telegram": {"any": offered}}}
    assert read(None, "guest/prices", product="telegram")["telegram"]["norway"] == {"any": offered}
    assert read(None, "guest/prices", country="norway")["norway"]["telegram"] == {"any": offered}
    assert "norway" in read(None, "guest/prices")
    assert read(None, "guest/prices", country="afghanistan") is None
    assert read(None, "guest/countries") == {
        "norway": {
            "sandbox": {"activation": 1},
            "iso": {"no": 1},
            "prefix": {"+47": 1},
            "text_en": "Norway",
            "text_ru": "Норвегия",
        }
    }
    assert read(None, "guest/flash/en") == {"text": ""}


@pytest.mark.usefixtures("program")
def test_prices_say_how_often_codes_came_once_there_were_enough_orders() -> None:
    tally = Tally()
    for account_id in range(40):
        tally.add(account_id=account_id, waited_s=7 if account_id else None)
    CodeRate.objects.create(
        service_code="tg",
        country="NO",
        ended=tally.ended,
        with_code=tally.with_code,
        buyers=tally.buyers,
        times=tally.times,
        since_on=NOW.date(),
        window_on=NOW.date(),
    )

    norway = read(None, "guest/prices", country="norway")["norway"]

    assert norway["telegram"]["any"]["rate"] == 97
    assert "rate" not in norway["whatsapp"]["any"]


def test_whoever_sends_his_key_sees_his_own_prices(programs: Callable[..., Program]) -> None:
    german = programs(country="DE")

    own = read(german, "guest/products/norway/any")["telegram"]["Price"]
    everybodys = read(None, "guest/products/norway/any")["telegram"]["Price"]
    paid = read(german, BUY)["price"]

    assert own == paid
    assert own < everybodys  # there is less tax in it


@pytest.mark.parametrize(
    ("path", "query", "answer"),
    [
        ("guest/products/atlantis/any", {}, (400, "bad country")),
        ("guest/products/norway/nobody", {}, (400, "bad operator")),
        ("guest/products/norway/", {}, (400, "bad operator")),
        ("guest/prices", {"country": "atlantis"}, (400, "country is incorrect")),
        ("guest/prices", {"product": "nope"}, (400, "product is incorrect")),
        ("guest/prices", {"product": "\x00"}, (400, "bad request")),
        ("guest/nothing", {}, (404, "page not found")),
        ("guest", {}, (404, "page not found")),
    ],
)
@pytest.mark.usefixtures("program")
def test_a_guest_who_asks_badly(path: str, query: dict[str, str], answer: tuple[int, str]) -> None:
    assert refused(None, path, **query) == answer


def test_whoever_has_no_valid_key_learns_nothing(program: Program) -> None:
    accounts.revoke_key(program.account_id, key_id=program.key_id, now=NOW)

    for key in ("", "Bearer", "Bearer nobody's", f"Bearer {program.key}", "Bearer " + "k" * 400):
        answer = get(path=f"/v1/{BUY}", HTTP_AUTHORIZATION=key)
        assert (answer.status_code, answer.content) == (401, b"")
        assert answer["WWW-Authenticate"] == "Bearer"
    assert program.orders() == 0


def test_the_prefix_of_our_own_answers_the_same(program: Program) -> None:
    plain, prefixed = (
        ask(program, "user/profile", root=root).content for root in ("/v1/", "/5sim/v1/")
    )

    assert plain == prefixed


def test_a_vendor_is_nobody_here(program: Program) -> None:
    for path in ("user/vendor", "vendor/wallets", "vendor/orders", "vendor/"):
        assert refused(program, path) == (404, "record not found")


def test_only_get_buys(program: Program) -> None:
    key = {"HTTP_AUTHORIZATION": f"Bearer {program.key}"}

    answer = post({}, path=f"/v1/{BUY}", **key)

    assert (answer.status_code, answer.content) == (405, b"method not allowed")
    assert answer["Allow"] == "GET"
    assert program.orders() == 0


def test_texts_that_changed_stop_purchases_of_the_key(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nummer.apps.agreements.errors import TextsChanged

    def changed(*_: object, **__: object) -> None:
        raise TextsChanged(document="one-time-restrictions")

    monkeypatch.setattr("nummer.apps.agreements.queries.current_for_key", changed)

    answer = ask(program, BUY)

    assert (answer.status_code, answer["X-Refusal"]) == (403, "texts_changed")
    assert program.orders() == 0


def test_a_flood_of_calls_is_told_to_wait(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = CallLimit(per_s=0.5, burst=2, monotonic=lambda: 0.0)
    monkeypatch.setattr(views, "PROGRAMS", limit)
    monkeypatch.setattr(views, "GUESTS", limit)

    own = [ask(program, "user/profile") for _ in range(3)]
    guests = [ask(None, "guest/flash/en") for _ in range(3)]

    assert [answer.status_code for answer in own] == [200, 200, 429]
    assert [answer.status_code for answer in guests] == [200, 200, 503]
    assert own[2]["Retry-After"] == guests[2]["Retry-After"] == "2"


@pytest.mark.usefixtures("program")
def test_every_service_and_country_has_one_name_of_its_own() -> None:
    services = catalogue.services(enabled_only=False)
    products = names.product_names(services)
    countries = {row.code: names.country_name(row.code) for row in catalogue.countries()}

    assert len(set(products.values())) == len(services)
    assert len(set(countries.values())) == len(countries)
    assert all(name.isascii() and name.isalnum() for name in [*products.values()])
    assert all(name.isascii() and name.isalpha() for name in countries.values())
    assert {code: names.service_called(name) for code, name in products.items()} == {
        code: code for code in products
    }
    assert {code: names.country_called(name) for code, name in countries.items()} == {
        code: code for code in countries
    }
