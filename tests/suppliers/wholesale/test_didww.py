"""DIDWW's own library, unmodified, against the sandbox's server."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from uuid import uuid4

import pytest

from nummer.apps.leases.ports import Answer, LendingSupplier, Told
from nummer.kernel.errors import Unavailable
from nummer.kernel.money import Money
from nummer.suppliers.didww.transport import Pace
from nummer.suppliers.sandbox.didww import coverage, papers, telling
from nummer.suppliers.sandbox.didww.api import answer
from nummer.suppliers.sandbox.payments.desk import Desk
from nummer.suppliers.sandbox.payments.json_server import Asked
from nummer.suppliers.sandbox.stock import numbers_for_rent, sandbox_numbers
from tests.suppliers.wholesale.account import CALLBACK, Account, Let, Open

NUMBER = "+4759580001"


def let(number: str = NUMBER, *, reference: str = "") -> Let:
    return Let({"reference": reference or uuid4().hex, "number": number})


def test_it_is_a_supplier_who_wants_to_hear_of_his_numbers(account: Account) -> None:
    assert isinstance(account.numbers, LendingSupplier)


def test_what_is_offered_has_place_price_and_papers(account: Account) -> None:
    places = {each.country: each.id for each in account.numbers.places(Let())}
    assert sorted(places) == ["DE", "GB", "NO", "US"]

    (oslo,) = account.numbers.offers(Let({"place": places["NO"], "country": "NO"}))
    dakota, *_ = account.numbers.offers(Let({"place": places["US"], "country": "US"}))
    (berlin,) = account.numbers.offers(Let({"place": places["DE"], "country": "DE"}))

    assert (oslo.city, oslo.region, oslo.kind, oslo.stock, oslo.selectable) == (
        "Oslo",
        "",
        "local",
        100,
        True,
    )
    assert (oslo.setup, oslo.monthly) == (Money.parse("1.00", "USD"), Money.parse("2.50", "USD"))
    assert oslo.features == ("p2p", "sms_in", "voice_in")
    assert (dakota.region, dakota.needs_papers, berlin.needs_papers) == (
        "North Dakota",
        False,
        True,
    )
    assert berlin.restriction
    assert set(account.numbers.numbers(Let({"group": oslo.remote_id}))) == {
        f"+475958{n:04d}" for n in range(10)
    }


def test_an_order_buys_the_number_that_was_chosen_and_is_found_again(account: Account) -> None:
    wish = let()

    assert account.numbers.order(wish) is Answer.WAITING  # the answer to an order is never more
    assert account.numbers.look_up(wish) is Answer.SUPPLIED
    (order,), (did,) = account.all_of("orders"), account.all_of("dids")
    assert order["attributes"]["external_reference_id"] == wish.fields["reference"]
    assert did["attributes"]["number"] == "4759580001"
    (owned,) = account.numbers.owned(Let())
    assert (owned.e164, owned.reference, owned.stays) == (NUMBER, wish.fields["reference"], True)
    assert account.numbers.funds(Let()).balance == Money.parse("996.50", "USD")
    assert not account.all_of("did_reservations")


def test_nobody_waits_for_a_number_that_is_not_there(account: Account) -> None:
    assert account.numbers.order(let("+4759589999")) is Answer.GONE
    assert not account.all_of("orders")


def test_an_order_says_that_it_is_not_to_wait_and_where_to_tell(open_account: Open) -> None:
    wishes: list[dict[str, object]] = []

    def watch(desk: Desk, asked: Asked) -> tuple[int, object]:
        if asked.method == "POST" and asked.path == "/v3/orders":
            wishes.append(asked.wish()["data"]["attributes"])
        return answer(desk, asked)

    open_account(answerer=watch).numbers.order(let())

    (wish,) = wishes
    assert (wish["allow_back_ordering"], wish["callback_url"]) == (False, CALLBACK)


TROUBLES = (
    ("somebody else is quicker", "90", Answer.GONE, 0),
    ("the order is canceled", "91", Answer.GONE, 0),
    ("the answer is lost", "92", Answer.SUPPLIED, 1),
    ("it takes its time", "93", Answer.SUPPLIED, 1),
    ("the first try meets an error", "94", Answer.SUPPLIED, 1),
    ("the answer to what was bought is an error", "95", Answer.SUPPLIED, 1),
    ("nothing goes wrong", "05", Answer.SUPPLIED, 1),
)


@pytest.mark.parametrize(
    ("digits", "expected", "bought"), [case[1:] for case in TROUBLES], ids=[c[0] for c in TROUBLES]
)
def test_whatever_goes_wrong_one_number_is_bought_or_none(
    account: Account, digits: str, expected: Answer, bought: int
) -> None:
    account.set("late_after_s", "0.05")
    wish = let(f"+47595800{digits}")
    found = Answer.UNKNOWN

    for _ in range(6):
        try:
            found = account.numbers.look_up(wish)
            if found is Answer.UNKNOWN:
                found = account.numbers.order(wish)
        except Unavailable:
            continue
        if found not in (Answer.WAITING, Answer.UNKNOWN):
            break
        time.sleep(0.06)

    assert found is expected
    assert len(account.all_of("dids")) == bought


def test_ordering_twice_at_once_buys_once(account: Account) -> None:
    wish = let()
    answers: list[Answer] = []
    people = [
        threading.Thread(target=lambda: answers.append(account.numbers.order(wish)))
        for _ in range(4)
    ]
    for one in people:
        one.start()
    for one in people:
        one.join()

    account.work()
    assert len(account.all_of("dids")) == 1
    assert Answer.REFUSED not in answers


def test_without_money_the_order_waits_and_the_number_is_free_again(account: Account) -> None:
    account.set("balance", "1.00")

    with pytest.raises(Unavailable) as away:
        account.numbers.order(let())

    assert away.value.retry_after_s == 900
    assert not account.all_of("orders")
    assert not account.all_of("did_reservations")


def test_giving_back_is_said_once_and_renewing_takes_it_back(account: Account) -> None:
    wish = let()
    account.numbers.order(wish)
    account.work()

    assert account.numbers.renew(wish) is Told.DONE
    assert account.numbers.stop(wish) is Told.DONE
    assert account.numbers.stop(wish) is Told.DONE

    with account.desk.change() as memory:
        (did,) = memory.all_of("dids")
        assert memory.hidden(did["id"])["history"] == [
            {"billing_cycles_count": 0, "terminated": True}
        ]
    assert account.numbers.renew(wish) is Told.DONE
    assert next(iter(account.numbers.owned(Let()))).stays


def test_an_order_that_is_not_settled_is_given_back_when_it_is(account: Account) -> None:
    account.set("complete_after_s", "3600")
    wish = let()
    account.numbers.order(wish)
    assert account.numbers.stop(wish) is Told.WAITING
    with account.desk.change() as memory:
        (order,) = memory.all_of("orders")
        memory.hide(order["id"], {**memory.hidden(order["id"]), "due": 0})

    assert account.numbers.stop(wish) is Told.DONE
    assert not next(iter(account.numbers.owned(Let()))).stays
    assert account.numbers.stop(let()) is Told.GONE
    assert account.numbers.renew(let()) is Told.GONE


def test_a_paper_leaves_sealed_and_only_its_keys_open_it(account: Account) -> None:
    paper = b"%PDF-1.7 a proof of address " * 100
    with account.desk.change() as memory:
        papers.public_keys(memory)  # making them takes its time

    name = account.numbers.hand_in(Let({"paper": "1"}), octets=paper)

    with account.desk.change() as memory:
        assert papers.opened(memory, name, by=0) == paper
        assert papers.opened(memory, name, by=1) == paper
        assert paper[:20] not in str(memory.hidden(name)).encode()


def test_only_what_is_signed_with_the_secret_is_genuine(account: Account) -> None:
    form = {"id": "1", "type": "orders", "status": "completed"}
    signed = telling.signature(account.desk.made("callback_secret", start=""), CALLBACK, form)

    assert account.numbers.genuine(form, signature=signed)
    assert not account.numbers.genuine({**form, "status": "canceled"}, signature=signed)
    assert not account.numbers.genuine(form, signature="")
    assert not account.numbers.genuine(form, signature=telling.signature("x", CALLBACK, form))


def test_who_does_not_answer_is_waited_for_no_longer_than_agreed(open_account: Open) -> None:
    waits = threading.Event()

    def hang(desk: Desk, asked: Asked) -> tuple[int, object]:
        waits.wait(20)
        return answer(desk, asked)

    account = open_account(answerer=hang, answer_limit_s=0.3)
    began = time.monotonic()
    with pytest.raises(Unavailable):
        account.numbers.look_up(let())
    waits.set()
    assert time.monotonic() - began < 15


@pytest.mark.parametrize(
    ("status", "said"),
    [(401, {"errors": [{"title": "no"}]}), (429, {}), (500, {}), (200, []), (200, {"data": 5}),
     (302, {})],
)  # fmt: skip
def test_what_cannot_be_read_means_to_ask_again(
    open_account: Open, status: int, said: object
) -> None:
    account = open_account(answerer=lambda _desk, _asked: (status, said))
    for ask in (account.numbers.look_up, account.numbers.order, account.numbers.stop):
        with pytest.raises(Unavailable):
            ask(let())
    with pytest.raises(Unavailable):
        account.numbers.funds(Let())


def test_no_second_holds_more_calls_than_agreed() -> None:
    now, slept = [100.0], []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    pace = Pace(3, monotonic=lambda: now[0], sleep=sleep)
    begun = []
    for _ in range(7):
        pace.wait()
        begun.append(now[0])

    assert begun == [100, 100, 100, 101, 101, 101, 102]
    assert slept == [1.0, 1.0]


def test_what_was_bought_is_still_there_after_a_restart(open_account: Open, tmp_path: Path) -> None:
    wish = let()
    open_account(folder=tmp_path).numbers.order(wish)

    assert open_account(folder=tmp_path).numbers.look_up(wish) is Answer.SUPPLIED


def test_no_number_of_it_is_sold_by_the_sandbox_itself() -> None:
    own = {row.e164 for row in sandbox_numbers()} | {row.e164 for _, row in numbers_for_rent()}
    for group in coverage.GROUPS:
        for number in range(group.first, group.first + group.count):
            assert f"+{group.prefix}{number:0{group.digits}d}" not in own
