"""The Twilio protocol as programs see it: exact forms, credentials, pages, refusals."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse

from nummer.apps.accounts import actions as credentials
from nummer.apps.accounts import queries as accounts
from nummer.apps.agreements.models import Acceptance
from nummer.faces.api_twilio import views
from nummer.kernel.limits import CallLimit
from tests.dialects.conftest import Program, request

ROOT = "/2010-04-01/Accounts"


@pytest.fixture(autouse=True)
def each_test_counts_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "PROGRAMS", CallLimit(per_s=1000, burst=1000))


class Twilio:
    """A program that speaks the protocol with an account's main token, or with a key."""

    def __init__(self, program: Program, *, by_key: bool = False) -> None:
        known = accounts.credentials(program.account_id)
        self.account_id = program.account_id
        self.sid = known.account_sid
        self.user, self.secret = known.account_sid, known.auth_token
        if by_key:
            self.user, self.secret = f"SK{program.key_id.hex}", program.key

    def answer(self, method: str, path: str, form: object = None, **rest: Any) -> HttpResponse:
        sent = base64.b64encode(f"{self.user}:{self.secret}".encode()).decode()
        whole = path if path.startswith("/") else f"{ROOT}/{self.sid}/{path}"
        rest.setdefault("HTTP_AUTHORIZATION", f"Basic {sent}")
        return request(method, whole, form, **rest)

    def get(self, path: str, **query: object) -> Any:
        return self._read(200, self.answer("GET", path, query))

    def post(self, path: str, *, status: int = 200, **form: object) -> Any:
        return self._read(status, self.answer("POST", path, form))

    def delete(self, path: str) -> None:
        answer = self.answer("DELETE", path)
        assert (answer.status_code, answer.content) == (204, b"")

    def refused(self, method: str, path: str, **form: object) -> tuple[int, int, str]:
        """Return status, the protocol's number and our own code of a refusal."""
        return self.refusal(self.answer(method, path, form))

    @staticmethod
    def refusal(answer: HttpResponse) -> tuple[int, int, str]:
        read = json.loads(answer.content)
        assert answer["Content-Type"] == "application/json"
        assert set(read) <= {"code", "message", "more_info", "status", "details"}
        assert read["status"] == answer.status_code
        return answer.status_code, read["code"], read["details"]["reason"]

    @staticmethod
    def _read(status: int, answer: HttpResponse) -> Any:
        assert (answer.status_code, answer["Content-Type"]) == (status, "application/json"), (
            answer.content
        )
        return json.loads(answer.content)


@pytest.fixture
def twilio(program: Program) -> Twilio:
    return Twilio(program)


def test_the_account_is_answered_with_its_fields(twilio: Twilio) -> None:
    row = twilio.get(f"{ROOT}/{twilio.sid}.json")

    assert (row["sid"], row["owner_account_sid"], row["status"]) == (
        twilio.sid,
        twilio.sid,
        "active",
    )
    assert row["type"] == "Full"
    assert row["auth_token"] is None
    assert row["date_created"].endswith("+0000")
    assert row["uri"] == f"{ROOT}/{twilio.sid}.json"
    assert twilio.get(f"{ROOT}.json")["accounts"] == [row]


def test_the_balance_is_a_text_in_the_accounts_currency(twilio: Twilio) -> None:
    assert twilio.get("Balance.json") == {
        "account_sid": twilio.sid,
        "balance": "20.00",
        "currency": "EUR",
    }


def test_a_key_is_a_credential_for_everything_but_keys(program: Program) -> None:
    by_key = Twilio(program, by_key=True)

    assert by_key.get("Balance.json")["balance"] == "20.00"
    assert by_key.refused("GET", "Keys.json") == (401, 20003, "twilio_main_token_needed")


def test_a_key_is_made_listed_used_and_withdrawn(twilio: Twilio) -> None:
    made = twilio.post("Keys.json", status=201, FriendlyName="Reseller")
    other = Twilio.__new__(Twilio)
    other.sid, other.user, other.secret = twilio.sid, made["sid"], made["secret"]

    listed = twilio.get("Keys.json")["keys"]
    assert [row["friendly_name"] for row in listed] == ["Reseller", "test"]
    assert "secret" not in listed[0]
    assert other.get("Balance.json")["balance"] == "20.00"
    twilio.delete(f"Keys/{made['sid']}.json")

    assert other.refused("GET", "Balance.json") == (401, 20003, "twilio_not_authenticated")
    assert twilio.refused("GET", f"Keys/{made['sid']}.json") == (404, 20404, "no_such_key")
    assert len(twilio.get("Keys.json")["keys"]) == 1


def test_a_key_made_by_a_program_stands_on_the_texts_that_its_owner_accepted(
    twilio: Twilio, program: Program
) -> None:
    made = twilio.post("Keys.json", status=201)

    accepted = Acceptance.objects.filter(account_id=twilio.account_id).exclude(key_id=None)
    texts = {
        key: set(rows.values_list("document", "version", "language", "sha256"))
        for key in (program.key_id.hex, made["sid"][2:])
        for rows in [accepted.filter(key_id=key)]
    }
    assert texts[program.key_id.hex] == texts[made["sid"][2:]] != set()


def test_who_never_accepted_texts_for_a_program_makes_no_key(
    twilio: Twilio, program: Program
) -> None:
    credentials.revoke_key(
        twilio.account_id, key_id=program.key_id, now=accounts.account(twilio.account_id).created_at
    )

    assert twilio.refused("POST", "Keys.json") == (403, 20403, "acceptance_missing")


def test_keys_are_paged_both_ways(twilio: Twilio) -> None:
    for name in ("a", "b", "c", "d"):
        twilio.post("Keys.json", status=201, FriendlyName=name)

    first = twilio.get("Keys.json", PageSize=2)
    second = twilio.get(first["next_page_uri"])
    third = twilio.get(second["next_page_uri"])

    pages = [[row["friendly_name"] for row in page["keys"]] for page in (first, second, third)]
    assert pages == [["d", "c"], ["b", "a"], ["test"]]
    assert (third["next_page_uri"], first["previous_page_uri"]) == (None, None)
    assert twilio.get(third["previous_page_uri"])["keys"] == second["keys"]
    assert twilio.get(second["previous_page_uri"])["keys"] == first["keys"]
    assert (second["page"], second["start"], second["end"], second["page_size"]) == (1, 2, 3, 2)


def test_an_envelope_has_one_key_beside_those_that_libraries_know(twilio: Twilio) -> None:
    known = {"page", "page_size", "start", "end", "uri"} | {
        f"{name}_page_uri" for name in ("first", "next", "previous")
    }

    assert set(twilio.get("Keys.json")) - known == {"keys"}


@pytest.mark.parametrize(
    "header",
    ["", "Basic", "Basic !!!!", "Bearer abc", "Basic " + base64.b64encode(b"AC").decode()],
)
def test_without_a_readable_credential_everything_is_refused(twilio: Twilio, header: str) -> None:
    answer = twilio.answer("GET", "Balance.json", HTTP_AUTHORIZATION=header)

    assert Twilio.refusal(answer) == (401, 20003, "twilio_not_authenticated")
    assert answer["WWW-Authenticate"].startswith("Basic")


def test_another_customers_account_is_not_there(
    twilio: Twilio, programs: Callable[..., Program]
) -> None:
    other = Twilio(programs())

    assert twilio.refused("GET", f"{ROOT}/{other.sid}.json") == (404, 20404, "twilio_nothing_here")
    twilio.user = other.sid
    assert twilio.refused("GET", "Balance.json")[:2] == (401, 20003)


def test_a_key_of_another_id_is_no_credential(program: Program) -> None:
    by_key = Twilio(program, by_key=True)
    by_key.user = "SK" + "0" * 32

    assert by_key.refused("GET", "Balance.json") == (401, 20003, "twilio_not_authenticated")


def test_too_many_calls_are_told_when_to_come_back(
    twilio: Twilio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "PROGRAMS", CallLimit(per_s=0.1, burst=1))
    twilio.get("Balance.json")

    answer = twilio.answer("GET", "Balance.json")

    assert Twilio.refusal(answer) == (429, 20429, "twilio_calls_too_many")
    assert int(answer["Retry-After"]) > 0


def test_what_is_not_there_is_refused_in_the_form_of_the_protocol(twilio: Twilio) -> None:
    assert twilio.refused("GET", "Calls.json")[:2] == (404, 20404)
    assert twilio.refused("GET", "/v2/Services")[:2] == (404, 20404)
    assert twilio.refused("DELETE", "Balance.json")[:2] == (405, 20004)
    assert twilio.answer("PUT", "Balance.json")["Allow"] == "GET"
    assert twilio.refused("GET", "Keys/SKnothing.json")[:2] == (404, 20404)
    assert twilio.refused("GET", "Keys.json", PageToken="PAnothing")[:2] == (400, 20001)
    assert twilio.refused("GET", "Keys.json", PageSize="many")[:2] == (400, 20001)
    assert twilio.refused("POST", ".json".join([f"{ROOT}/{twilio.sid}", ""]), Status="closed")[
        :2
    ] == (
        400,
        20001,
    )


def test_everything_stands_below_a_prefix_of_its_own_too(twilio: Twilio) -> None:
    page = twilio.get(f"/twilio{ROOT}/{twilio.sid}/Keys.json", PageSize=1)

    assert page["uri"].startswith(ROOT)  # libraries put their own address in front
    assert twilio.get(f"/twilio{ROOT}/{twilio.sid}/Balance.json")["balance"] == "20.00"
