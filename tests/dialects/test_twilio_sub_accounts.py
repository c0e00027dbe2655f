"""Sub-accounts by Twilio's own library; and every door that their tokens do not open."""

from __future__ import annotations

import base64
import re

import httpx
import pytest
from pytest_django.live_server_helper import LiveServer
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from nummer.apps.accounts import queries as accounts
from nummer.apps.accounts import sub_accounts
from nummer.apps.accounts.sub_accounts import NewToken
from nummer.faces.api_twilio import urls, views
from nummer.kernel.limits import CallLimit
from tests import builders
from tests.builders import NOW
from tests.dialects.conftest import Moment, Program
from tests.dialects.test_twilio_clients import pointed

pytestmark = pytest.mark.usefixtures("transactional_db")
OPEN = ("/2010-04-01/Accounts", "/2010-04-01/Accounts/{sid}")
# What is its own behind these is told in test_twilio_for_sub_accounts.py.
OF_PARTS = re.compile(r"/(?:AvailablePhoneNumbers|IncomingPhoneNumbers|Messages)(?:/|$)")
UNKNOWN = f"AC{0:032x}"


@pytest.fixture
def parent(
    program: Program, moment: Moment, live_server: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> Client:
    """Return the library with the account's main token."""
    monkeypatch.setattr(views, "PROGRAMS", CallLimit(per_s=1000, burst=1000))
    known = accounts.credentials(program.account_id)
    return pointed(Client(known.account_sid, known.auth_token), live_server.url)


@pytest.fixture
def made(program: Program, parent: Client) -> NewToken:
    """Return a sub-account of the program's."""
    return sub_accounts.create(program.account_id, name="Fjord", now=NOW)


def refused(error: pytest.ExceptionInfo[TwilioRestException]) -> tuple[int, int]:
    return (error.value.status, error.value.code)


def test_it_makes_names_suspends_reopens_and_closes_one(parent: Client, moment: Moment) -> None:
    made = parent.api.accounts.create(friendly_name="Fjord")
    assert (made.friendly_name, made.status, made.owner_account_sid, made.date_created) == (
        "Fjord",
        "active",
        parent.account_sid,
        NOW,
    )
    assert re.fullmatch("[0-9a-f]{32}", made.auth_token)

    door = parent.api.accounts(made.sid)
    assert door.fetch().auth_token is None
    assert door.update(friendly_name="Elv").friendly_name == "Elv"
    assert door.update(status="suspended").status == "suspended"
    assert door.update(status="active").status == "active"
    assert door.update(status="closed").status == "closed"
    with pytest.raises(TwilioRestException) as closed:
        door.update(status="active")
    assert refused(closed) == (403, 20005)
    with pytest.raises(TwilioRestException) as nonsense:
        door.update(status="gone")
    assert refused(nonsense) == (400, 20001)


def test_without_a_name_it_gets_one(parent: Client) -> None:
    assert parent.api.accounts.create().friendly_name.startswith("SubAccount Created at ")


def test_they_are_listed_by_pages_with_the_account_last(parent: Client) -> None:
    sids = [parent.api.accounts.create(friendly_name=f"n{i}").sid for i in range(4)][::-1]
    whole = [*sids, parent.account_sid]

    assert [row.sid for row in parent.api.accounts.list()] == whole
    for size in (1, 2, 4, 5):
        assert [row.sid for row in parent.api.accounts.list(page_size=size)] == whole
    first = parent.api.accounts.page(page_size=2)
    second = first.next_page()
    assert second is not None
    third = second.next_page()
    assert third is not None
    assert [row.sid for row in third] == [parent.account_sid]
    back = third.previous_page()
    assert back is not None
    assert [row.sid for row in back] == sids[2:]
    assert [row.sid for row in parent.api.accounts.list(friendly_name="n3")] == sids[:1]
    assert parent.api.accounts.list(status="closed") == []


def test_its_token_reads_its_own_record_and_changes_nothing(
    parent: Client, made: NewToken, live_server: LiveServer
) -> None:
    own = pointed(Client(made.row.sid, made.token), live_server.url)
    record = own.api.accounts(made.row.sid).fetch()
    assert (record.friendly_name, record.owner_account_sid) == ("Fjord", parent.account_sid)
    assert [row.sid for row in own.api.accounts.list()] == [made.row.sid]
    with pytest.raises(TwilioRestException) as renamed:
        own.api.accounts(made.row.sid).update(friendly_name="Mine")
    assert refused(renamed) == (403, 20403)
    with pytest.raises(TwilioRestException) as created:
        own.api.accounts.create(friendly_name="Another")
    assert refused(created) == (403, 20403)


def test_suspended_and_closed_tokens_open_nothing(
    program: Program, made: NewToken, live_server: LiveServer
) -> None:
    own = pointed(Client(made.row.sid, made.token), live_server.url)
    for state in ("suspended", "closed"):
        sub_accounts.change(program.account_id, sid=made.row.sid, state=state, now=NOW)
        with pytest.raises(TwilioRestException) as shut:
            own.api.accounts(made.row.sid).fetch()
        assert refused(shut) == (401, 20003)


def test_a_token_sees_neither_parent_nor_sibling(
    program: Program, parent: Client, made: NewToken, live_server: LiveServer
) -> None:
    sibling = sub_accounts.create(program.account_id, name="Elv", now=NOW).row.sid
    own = pointed(Client(made.row.sid, made.token), live_server.url)
    for sid in (parent.account_sid, sibling, UNKNOWN):
        for call in (
            own.api.accounts(sid).fetch,
            lambda sid=sid: own.api.accounts(sid).update(status="closed"),
        ):
            with pytest.raises(TwilioRestException) as foreign:
                call()
            assert refused(foreign) == (404, 20404)
    assert sub_accounts.named(program.account_id, sid=sibling).state == "active"


def test_a_stranger_and_a_key_see_none(
    parent: Client, made: NewToken, live_server: LiveServer
) -> None:
    known = accounts.credentials(builders.customer())
    stranger = pointed(Client(known.account_sid, known.auth_token), live_server.url)
    with pytest.raises(TwilioRestException) as foreign:
        stranger.api.accounts(made.row.sid).update(status="closed")
    assert refused(foreign) == (404, 20404)

    key = parent.new_keys.create(friendly_name="Bot")
    by_key = pointed(Client(key.sid, key.secret, parent.account_sid), live_server.url)
    assert [row.sid for row in by_key.api.accounts.list()] == [parent.account_sid]
    with pytest.raises(TwilioRestException) as kept:
        by_key.api.accounts(made.row.sid).fetch()
    assert refused(kept) == (401, 20003)


def test_below_a_sub_account_nothing_is_offered_to_its_parent(
    parent: Client, made: NewToken
) -> None:
    with pytest.raises(TwilioRestException) as closed:
        parent.api.accounts(made.row.sid).balance.fetch()
    assert refused(closed) == (403, 20403)
    with pytest.raises(TwilioRestException) as unknown:
        parent.api.accounts(UNKNOWN).balance.fetch()
    assert refused(unknown) == (404, 20404)


def addresses(sid: str) -> list[str]:
    """Return one address for each pattern of the dialect, with a SID filled in."""
    found = []
    for pattern in urls.urlpatterns:
        text = str(pattern.pattern).replace(r"(?P<account_sid>[^/]+?)", sid)
        text = re.sub(r"\(\?:/\(\?P<kind>.*?\)\)\?|\(\?:/\(\?P<span>.*?\)\)\?", "", text)
        text = re.sub(r"\(\?P<country>[^)]*\)", "NO", text)
        text = re.sub(r"\(\?P<kind>[^)]*\)", "Local", text)
        text = re.sub(r"\(\?P<message_sid>[^)]*\)[^)]*\)", f"SM{1:032x}", text)
        text = re.sub(r"\(\?P<\w+_sid>([A-Z]{2})?[^)]*\)", rf"\g<1>{1:032x}", text)
        text = re.sub(r"\(\?P<of>[^)]*\)", "NO", text).replace("(?:SMS/)?", "")
        text = re.sub(r"\(\?:\\.json\)\?|\(\?:/\.\*\)\?|\\Z|\^|/\?$", "", text)
        text = text.replace("v[12]", "v1").replace("(?:Countries|Numbers)", "Numbers")
        found.append("/" + text.replace("(?:2010-04-01|v2)", "2010-04-01/x").removesuffix("/?"))
    return found


def test_no_other_door_of_any_dialect_opens_to_its_token(
    made: NewToken, live_server: LiveServer
) -> None:
    sid, token = made.row.sid, made.token
    basic = base64.b64encode(f"{sid}:{token}".encode()).decode()
    doors = addresses(sid)
    assert len(doors) == len(urls.urlpatterns)
    assert len([door for door in doors if OF_PARTS.search(door)]) < len(doors) / 3
    assert not [door for door in doors if re.search(r"[()?\\^\[\]]", door)]
    with httpx.Client(base_url=live_server.url, headers={"Authorization": f"Basic {basic}"}) as web:
        for prefix in ("", "/twilio"):
            for door in doors:
                for method in ("GET", "POST", "DELETE"):
                    if method == "GET" and door in [each.format(sid=sid) for each in OPEN]:
                        continue
                    if OF_PARTS.search(door):
                        continue
                    answer = web.request(method, prefix + door)
                    assert answer.status_code in (403, 405), (method, door, answer.text)
                    assert "friendly_name" not in answer.text
    with httpx.Client(base_url=live_server.url) as web:
        for path, sent in (
            ("/stubs/handler_api.php?action=getBalance&api_key={}", {}),
            ("/5sim/v1/user/profile", {"Authorization": f"Bearer {token}"}),
            ("/onlinesim/api/getBalance.php?apikey={}", {}),
            ("/api/v1/balance", {"Authorization": f"Bearer {token}"}),
        ):
            answer = web.get(path.format(token), headers=sent)
            known = answer.status_code in (401, 403) or "BAD_KEY" in answer.text
            assert known or "ERROR_WRONG_KEY" in answer.text, (path, answer.text)
