"""The hero form of the sms-activate protocol: the same actions and words, answered as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from nummer.apps.accounts import actions as accounts
from nummer.apps.accounts import queries as keys
from nummer.apps.accounts.errors import DialectUnknown, NoSuchKey
from nummer.apps.ledger import queries as ledger
from nummer.faces.api_activate import views
from nummer.kernel.limits import CallLimit
from tests.builders import NOW, deliver, price
from tests.dialects.conftest import NORWAY, Moment, Program, get

TEXT = "Telegram code: 48213. Do not give this code to anyone."
WISH = {"service": "tg", "country": NORWAY}


@pytest.fixture
def hero(programs: Callable[..., Program]) -> Program:
    """Return a program whose key was made for the hero form."""
    return programs(dialect="hero")


def ask(program: Program, action: str, **parameters: object) -> tuple[int, Any]:
    answer = get({"api_key": program.key, "action": action, **parameters})
    assert answer["Content-Type"] == "application/json"
    return answer.status_code, json.loads(answer.content)


def refusal(program: Program, action: str, **parameters: object) -> tuple[int, str]:
    status, body = ask(program, action, **parameters)
    assert body["details"]
    return status, body["title"]


def test_from_purchase_to_code_to_finish(hero: Program, moment: Moment) -> None:
    status, bought = ask(hero, "getNumberV2", **WISH)
    order_id = bought["activationId"]
    assert (status, bought["activationCost"]) == (200, price().decimal_text())
    assert hero.call("setStatus", id=order_id, status="1") == "ACCESS_READY"
    assert hero.call("getStatus", id=order_id) == "STATUS_WAIT_CODE"

    deliver(f"+{bought['phoneNumber']}", TEXT, at=moment.now())

    assert hero.call("getStatus", id=order_id) == "STATUS_OK:48213"
    assert ask(hero, "getStatusV2", id=order_id)[1]["sms"]["code"] == "48213"
    (active,) = ask(hero, "getActiveActivations")[1]
    assert (active["smsCode"], active["canGetAnotherSms"]) == ("48213", "1")
    assert hero.call("setStatus", id=order_id, status="6") == "ACCESS_ACTIVATION"
    assert ask(hero, "getActiveActivations") == (200, [])


def test_lists_come_without_an_envelope(hero: Program) -> None:
    services = ask(hero, "getServicesList")[1]

    assert {"code": "tg", "name": "Telegram"} in services
    assert ask(hero, "getActiveActivations") == (200, [])
    assert ask(hero, "getHistory") == (200, [])


def test_the_older_form_is_a_text_unless_it_repeats_the_newer(hero: Program) -> None:
    alone = hero.call("getNumber", **WISH)
    newer = ask(hero, "getNumberV2", **WISH)[1]
    repeated = ask(hero, "getNumber", **WISH)[1]
    anew = hero.call("getNumber", **WISH)

    assert alone.startswith("ACCESS_NUMBER:")
    assert repeated == newer
    assert anew.startswith("ACCESS_NUMBER:")
    assert hero.orders() == 3


def test_refusals_have_a_status_and_a_title(
    hero: Program, programs: Callable[..., Program]
) -> None:
    poor = programs(dialect="hero", balance="0.10")
    order_id = ask(hero, "getNumberV2", **WISH)[1]["activationId"]

    assert refusal(hero, "getNumberV2", service="nope", country=NORWAY) == (400, "BAD_SERVICE")
    assert refusal(hero, "getNumberV2", service="tg", country="NO") == (422, "ERROR_SQL")
    assert refusal(hero, "getNumberV2", service="tg", country="74") == (404, "NO_NUMBERS")
    assert refusal(hero, "getStatus", id="1") == (404, "NO_ACTIVATION")
    assert refusal(hero, "setStatus", id=order_id, status="6") == (409, "BAD_STATUS")
    assert refusal(hero, "setStatus", id=order_id, status="8") == (409, "EARLY_CANCEL_DENIED")
    assert refusal(hero, "getRentNumber", service="tg") == (404, "NO_NUMBERS")
    assert refusal(hero, "getRentStatus", id="1") == (404, "INVALID_PHONE")
    assert refusal(hero, "getQiwiRequisites") == (400, "BAD_ACTION")
    assert refusal(poor, "getNumberV2", **WISH) == (402, "NO_BALANCE")
    assert (poor.orders(), hero.orders()) == (0, 1)


def test_a_refused_price_says_what_it_costs(hero: Program) -> None:
    status, body = ask(hero, "getNumberV2", maxPrice="0.01", **WISH)

    assert (status, body["title"]) == (400, "WRONG_MAX_PRICE")
    assert body["info"]["amount"] == price().decimal_text()


def test_an_activation_that_ended_without_a_code_is_a_conflict(
    hero: Program, moment: Moment
) -> None:
    order_id = ask(hero, "getNumberV2", **WISH)[1]["activationId"]
    moment.advance(minutes=2)

    assert hero.call("setStatus", id=order_id, status="8") == "ACCESS_CANCEL"

    assert refusal(hero, "getStatusV2", id=order_id) == (409, "STATUS_CANCEL")
    assert hero.call("getStatus", id=order_id) == "STATUS_CANCEL"
    assert ledger.balance(hero.account_id).spendable.decimal_text() == "20.00"


def test_a_cancel_after_the_code_gives_nothing_back(hero: Program, moment: Moment) -> None:
    bought = ask(hero, "getNumberV2", **WISH)[1]
    moment.advance(minutes=3)
    deliver(f"+{bought['phoneNumber']}", TEXT, at=moment.now())

    for verb in ("setStatus", "cancelActivation"):
        answered = refusal(hero, verb, id=bought["activationId"], status="8")
        assert answered == (409, "BAD_STATUS")
    assert ledger.balance(hero.account_id).spendable.decimal_text() != "20.00"


def test_a_key_changes_its_form_and_back(program: Program) -> None:
    assert program.call("getStatus", id="1") == "NO_ACTIVATION"

    accounts.set_key_dialect(program.account_id, key_id=program.key_id, dialect="hero", now=NOW)
    assert refusal(program, "getStatus", id="1") == (404, "NO_ACTIVATION")
    accounts.set_key_dialect(program.account_id, key_id=program.key_id, dialect="classic", now=NOW)
    assert program.call("getStatus", id="1") == "NO_ACTIVATION"


def test_a_form_that_does_not_exist_changes_nothing(
    program: Program, programs: Callable[..., Program]
) -> None:
    with pytest.raises(DialectUnknown):
        accounts.set_key_dialect(
            program.account_id, key_id=program.key_id, dialect="greek", now=NOW
        )
    with pytest.raises(NoSuchKey):
        accounts.set_key_dialect(
            programs().account_id, key_id=program.key_id, dialect="hero", now=NOW
        )

    assert [key.dialect for key in keys.keys(program.account_id)] == ["classic"]


def test_a_withdrawn_key_is_refused_in_its_own_form(hero: Program) -> None:
    accounts.revoke_key(hero.account_id, key_id=hero.key_id, now=NOW)

    assert refusal(hero, "getBalance") == (401, "BAD_KEY")


@pytest.mark.usefixtures("db")
def test_whoever_has_no_key_is_answered_as_his_program_reads() -> None:
    call = {"action": "getBalance", "api_key": "nobody's"}

    words = get(call)
    titled = get(call, headers={"User-Agent": "herosms-python/0.1.0"})

    assert (words.status_code, words.content) == (200, b"BAD_KEY")
    assert (titled.status_code, json.loads(titled.content)["title"]) == (401, "BAD_KEY")


def test_a_flood_of_calls_is_told_to_wait(hero: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    limit = CallLimit(per_s=0.5, burst=1, monotonic=lambda: 0.0)
    monkeypatch.setattr(views, "PROGRAMS", limit)
    call = {"api_key": hero.key, "action": "getBalance"}

    first, second = get(call), get(call)

    assert (first.status_code, second.status_code) == (200, 429)
    assert second["Retry-After"] == "2"
    assert json.loads(second.content)["title"] == "SERVER_ERROR"


RENTS = {
    "getRentNumber": (404, "NO_NUMBERS"),
    "getRentStatus": (400, "NO_ID_RENT"),
    "setRentStatus": (400, "NO_ID_RENT"),
    "continueRentNumber": (400, "NO_ID_RENT"),
    "continueRentInfo": (400, "NO_ID_RENT"),
    "getContinueRentPriceNumber": (400, "NO_ID_RENT"),
    "reactivate": (404, "WRONG_ACTIVATION_ID"),
    "reactivationPrice": (404, "WRONG_ACTIVATION_ID"),
    "getMultiServiceNumber": (404, "NO_NUMBERS"),
    "getIncomingCallStatus": (404, "NO_ACTIVATION"),
    "parseCall": (404, "NO_ACTIVATION"),
    "createTaskForCall": (404, "NO_ACTIVATION"),
    "getOutgoingCalls": (404, "NO_ACTIVATION"),
}


def test_nothing_is_invented_where_nothing_is_rented(hero: Program) -> None:
    assert {action: refusal(hero, action) for action in RENTS} == RENTS
    assert ask(hero, "serviceCountRent", service="tg")[1]["services"] == {}
    assert ask(hero, "getRentList") == (200, {"status": "success", "values": {}})
    assert hero.orders() == 0


@pytest.mark.parametrize("dialect", ["classic", "hero"])
def test_a_status_sent_to_the_question_for_one_changes_nothing(
    programs: Callable[..., Program], dialect: str, moment: Moment
) -> None:
    """One client says `getRentStatus` where it means `setRentStatus`; an activation's id too."""
    program = programs(dialect=dialect)
    order_id = json.loads(program.call("getNumberV2", **WISH))["activationId"]
    moment.advance(minutes=3)

    sent = {"api_key": program.key, "action": "getRentStatus", "id": order_id, "status": "2"}
    answer = json.loads(get(sent).content)

    assert "INVALID_PHONE" in (answer.get("message"), answer.get("title"))
    assert program.call("getStatus", id=order_id) == "STATUS_WAIT_CODE"


# Every action that the protocol's family has, as its clients and documents name them.
FAMILY = """
    getBalance getBalanceAndCashBack getNumbersStatus getCountries getServicesList getOperators
    getPrices getPricesExtended getPricesVerification getPricesV2 getPricesV3
    getTopCountriesByService getTopCountriesByServiceRank getListOfTopCountriesByService
    getNumber getNumbers getNumberV2 getMultiServiceNumber getAdditionalService
    getExtraActivation setStatus getStatus getStatusV2 getFullSms getAllSms
    getActiveActivations getHistory getIncomingCallStatus parseCall createTaskForCall
    getOutgoingCalls getRentServicesAndCountries getRentNumber getRentStatus setRentStatus
    getRentList continueRentNumber continueRentInfo getContinueRentPriceNumber reactivate
    reactivationPrice finishActivation cancelActivation serviceCountRent
"""


@pytest.mark.parametrize("dialect", ["classic", "hero"])
def test_every_action_of_the_family_is_known(
    programs: Callable[..., Program], dialect: str
) -> None:
    program = programs(dialect=dialect)

    for action in FAMILY.split():
        answer = get({"api_key": program.key, "action": action})
        assert b"BAD_ACTION" not in answer.content, action
        assert answer.status_code < 500, action
