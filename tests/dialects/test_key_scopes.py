"""Scopes, ends and places of keys at each door of programs, in each protocol's own words."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import timedelta
from typing import Any

import pytest
from django.urls import URLPattern

from nummer.apps.accounts import actions as accounts
from nummer.apps.accounts import queries, rolling
from nummer.apps.accounts.scopes import Scope
from nummer.apps.agreements import actions as agreements
from nummer.apps.agreements import queries as texts
from nummer.faces.api import scopes as own_scopes
from nummer.faces.api.urls import urlpatterns
from nummer.faces.api_activate import scopes as activate_scopes
from nummer.faces.api_activate.views import ACTIONS
from nummer.faces.api_onlinesim import scopes as onlinesim_scopes
from nummer.faces.api_onlinesim.views import VERBS
from nummer.kernel.limits import CallLimit
from tests.builders import NOW
from tests.dialects.conftest import NORWAY, Moment, Program, get
from tests.dialects.own import DESCRIPTION, call, told
from tests.dialects.test_twilio import Twilio

BUY = "user/buy/activation/norway/any/telegram"


@pytest.fixture(autouse=True)
def _calls_count_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    for face in ("api.reading", "api_twilio.views", "api_fivesim.views", "api_onlinesim.views"):
        limit = CallLimit(per_s=1000, burst=1000)
        monkeypatch.setattr(f"nummer.faces.{face}.PROGRAMS", limit)


def with_key(
    owner: Program, moment: Moment, scopes: Collection[str] = (), **limits: Any
) -> Program:
    """Return another program of the same customer, with a key of its own."""
    accepted = texts.texts_to_accept(texts.KEY_DOCUMENTS, language="en", now=moment.now())
    key = agreements.create_key(
        account_id=owner.account_id,
        label="",
        accepted=[text.as_accepted() for text in accepted],
        surface="test",
        scopes=scopes,
        now=moment.now(),
        **limits,
    )
    return Program(owner.account_id, key.id, key.secret)


def fivesim(program: Program, path: str) -> tuple[int, str]:
    answer = get({}, path=f"/v1/{path}", HTTP_AUTHORIZATION=f"Bearer {program.key}")
    return answer.status_code, answer.content.decode()


def onlinesim(program: Program, verb: str) -> str:
    return str(
        json.loads(get({"apikey": program.key}, path=f"/api/{verb}.php").content)["response"]
    )


def lacks(program: Program, method: str, path: str) -> bool:
    answer = call(program, method, path, {}, key="k")
    return answer.status_code == 403 and told(answer)[1]["code"] == "key_lacks_scope"


def test_every_address_of_our_own_stands_in_the_table() -> None:
    first = {
        str(each.pattern).partition("/")[0]
        for each in urlpatterns
        if isinstance(each, URLPattern) and str(each.pattern)
    }
    assert first - {"openapi.json"} == own_scopes.SCOPES.keys()


def test_tables_name_no_action_that_there_is_none_of() -> None:
    assert set(ACTIONS) >= activate_scopes.SCOPES.keys()
    assert set(VERBS) >= onlinesim_scopes.SCOPES.keys()


@pytest.mark.parametrize("scope", list(Scope))
def test_our_own_interface_refuses_all_that_a_scope_does_not_name(
    program: Program, moment: Moment, scope: Scope
) -> None:
    narrow = with_key(program, moment, [scope])
    for path, item in DESCRIPTION["paths"].items():
        for method in item:
            if path == "/openapi.json":
                continue
            address = path[1:].format_map(_Any())
            needed = own_scopes.scope_of(f"/api/v1/{address}", method=method.upper())
            wide = {scope} | ({Scope.NUMBERS_READ} if scope is Scope.NUMBERS_WRITE else set())
            refused = lacks(narrow, method.upper(), address)
            assert refused is (needed is not None and needed not in wide), (method, path)


class _Any(dict[str, str]):
    """Names what an address names: a number that nobody has."""

    def __missing__(self, name: str) -> str:
        return "sms" if name == "purpose" else "999999"


def test_the_refusal_names_the_scope_and_changes_nothing(program: Program, moment: Moment) -> None:
    narrow = with_key(program, moment, [Scope.BALANCE])
    status, answer = told(call(narrow, "POST", "orders", {}, key="k", language="de"))
    assert (status, answer["code"]) == (403, "key_lacks_scope")
    assert answer["detail"] == "Dieser Schlüssel darf das nicht; ihm fehlt der Umfang orders."
    assert told(call(narrow, "GET", "balance"))[0] == 200
    assert program.orders() == 0


def test_each_protocol_refuses_in_its_own_words(program: Program, moment: Moment) -> None:
    seeing, buying = (with_key(program, moment, [scope]) for scope in (Scope.BALANCE, Scope.ORDERS))
    assert seeing.call("getBalance").startswith("ACCESS_BALANCE")
    assert seeing.call("getNumber", service="tg", country=NORWAY) == "BAD_KEY"
    assert "BAD_KEY" in seeing.call("getRentList")
    assert '"cost"' in seeing.call("getPrices", service="tg", country=NORWAY)
    assert buying.call("getBalance") == "BAD_KEY"
    assert fivesim(seeing, "user/profile")[0] == 200
    assert fivesim(seeing, BUY) == (403, "this key may not do that")
    assert fivesim(buying, "user/profile")[0] == 403
    assert onlinesim(seeing, "getBalance") == "1"
    assert onlinesim(seeing, "getNum") == "API_ACCESS_DISABLED"
    assert onlinesim(buying, "rent/getRentState") == "API_ACCESS_DISABLED"
    twilio = Twilio(seeing, by_key=True)
    assert twilio.get("Balance.json")["currency"] == "EUR"
    for method, path in (("GET", "Messages.json"), ("POST", "IncomingPhoneNumbers.json")):
        assert twilio.refused(method, path) == (403, 20403, "key_lacks_scope")
    assert program.orders() == 0
    buying.buy()
    assert program.orders() == 1


def test_the_hero_form_has_its_own_status(program: Program, moment: Moment) -> None:
    narrow = with_key(program, moment, [Scope.BALANCE], dialect="hero")
    answer = get({"api_key": narrow.key, "action": "getNumber", "service": "tg", "country": NORWAY})
    assert (answer.status_code, answer["X-Refusal"]) == (401, "key_lacks_scope")
    assert json.loads(answer.content)["title"] == "BAD_KEY"


def test_the_accounts_own_token_has_no_scopes(program: Program) -> None:
    assert Twilio(program).get("Messages.json")["messages"] == []


def opened(program: Program) -> dict[str, bool]:
    """Tell at which doors a key opens anything."""
    return {
        "own": told(call(program, "GET", "balance"))[0] == 200,
        "activate": program.call("getBalance").startswith("ACCESS"),
        "status": program.call("getStatus", id=1) != "BAD_KEY",
        "fivesim": fivesim(program, "user/profile")[0] == 200,
        "onlinesim": onlinesim(program, "getBalance") == "1",
        "twilio": Twilio(program, by_key=True).answer("GET", "Balance.json").status_code == 200,
    }


def test_an_end_counts_at_every_door(program: Program, moment: Moment) -> None:
    ends = moment.now() + timedelta(days=30)
    short = with_key(program, moment, expires_at=ends)
    assert set(opened(short).values()) == {True}
    moment.advance(days=30)
    assert set(opened(short).values()) == {False}
    assert set(opened(program).values()) == {True}


def test_places_count_at_every_door_also_for_a_process_that_knew_the_key(
    program: Program, moment: Moment
) -> None:
    assert set(opened(program).values()) == {True}
    works_from(program, "203.0.113.0/24")
    assert set(opened(program).values()) == {False}
    assert program.call("getNumber", service="tg", country=NORWAY) == "BAD_KEY"
    assert program.orders() == 0
    [line] = queries.login_activity(program.account_id)
    assert (line.succeeded, line.method, line.ip) == (False, "api", "127.0.0.1")
    works_from(program, "127.0.0.0/8")
    assert set(opened(program).values()) == {True}


def works_from(program: Program, networks: str) -> None:
    accounts.set_key_limits(
        program.account_id, key_id=program.key_id, networks=networks, binds_max=None, now=NOW
    )


def test_a_rolled_key_buys_with_both_secrets_until_the_old_one_ends(
    program: Program, moment: Moment
) -> None:
    program.buy()
    new = rolling.roll_key(
        program.account_id,
        key_id=program.key_id,
        overlap=timedelta(hours=1),
        now=moment.now(),
    )
    after = Program(program.account_id, program.key_id, new.secret)
    program.buy()
    after.buy()
    assert set(opened(program).values()) == {True}
    moment.advance(hours=1)
    assert set(opened(program).values()) == {False}
    assert program.call("getNumber", service="tg", country=NORWAY) == "BAD_KEY"
    assert set(opened(after).values()) == {True}
    assert program.orders() == 3
