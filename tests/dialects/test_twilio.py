"""The Twilio protocol as programs see it: exact forms, credentials, pages, refusals."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.http import HttpResponse

from nummer.apps.accounts import actions as credentials
from nummer.apps.accounts import queries as accounts
from nummer.apps.agreements.models import Acceptance
from nummer.apps.leases import searching, waiting
from nummer.apps.leases.actions import supply
from nummer.apps.leases.searching import Found
from nummer.faces.api_twilio import offers, views
from nummer.kernel.limits import CallLimit
from nummer.kernel.money import Money
from nummer.kernel.phone import PhoneNumber
from tests.builders import NOW, deliver, rentals, top_up
from tests.dialects.conftest import Moment, Program, request

ROOT = "/2010-04-01/Accounts"
DAY = timedelta(days=1)


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

    assert twilio.refused("GET", f"{ROOT}/{other.sid}.json") == (404, 20404, "no_such_sub_account")
    assert twilio.refused("GET", f"{ROOT}/{other.sid}/Balance.json")[:2] == (404, 20404)
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


NUMBERS = [f"+4759443{n:03d}" for n in range(6)]


@pytest.fixture
def renter(program: Program, moment: Moment, monkeypatch: pytest.MonkeyPatch) -> Twilio:
    """Return a program with 220 euros in a shop that rents; nobody waits for the supplier."""
    monkeypatch.setattr(waiting, "SUPPLIED_WITHIN_S", 0.0)
    rentals(NUMBERS)
    top_up(program.account_id, "200.00")
    return Twilio(program)


def rent(renter: Twilio, number: str = NUMBERS[0], **form: object) -> Any:
    """Rent a number and let its supplier give it."""
    placed = renter.post("IncomingPhoneNumbers.json", status=201, PhoneNumber=number, **form)
    supply(renter.account_id, lease_id=UUID(placed["sid"][2:]), now=NOW)
    return renter.get(f"IncomingPhoneNumbers/{placed['sid']}.json")


def received(number: str, text: str, *, sender: str = "+4799887766", at: datetime = NOW) -> None:
    deliver(number, text, sender=sender, at=at)


@pytest.mark.usefixtures("rental_supplier")
class TestNumbers:
    """Searching, renting, naming, releasing."""

    def test_countries_say_which_kinds_they_have(self, renter: Twilio) -> None:
        listed = renter.get("AvailablePhoneNumbers.json")["countries"]
        one = renter.get("AvailablePhoneNumbers/NO.json")

        assert one in listed
        assert (one["country"], one["beta"]) == ("Norway", False)
        assert one["subresource_uris"]["local"].endswith("/AvailablePhoneNumbers/NO/Local.json")
        assert renter.refused("GET", "AvailablePhoneNumbers/ZZ.json")[:2] == (404, 20404)

    def test_a_search_answers_free_numbers_with_upper_case_abilities(self, renter: Twilio) -> None:
        page = renter.get("AvailablePhoneNumbers/NO/Local.json", PageSize=2)

        rows = page["available_phone_numbers"]
        assert [row["phone_number"] for row in rows] == NUMBERS[:2]
        assert rows[0]["capabilities"] == {
            "voice": True,
            "SMS": True,
            "MMS": False,
            "fax": False,
        }
        assert (rows[0]["iso_country"], rows[0]["address_requirements"]) == ("NO", "none")

    @pytest.mark.parametrize(
        ("wish", "found"),
        [
            ({"Contains": "443005"}, NUMBERS[5:]),
            ({"Contains": "44*005"}, NUMBERS[5:]),
            ({"Contains": "GGD00J"}, NUMBERS[5:]),
            ({"AreaCode": "5944"}, NUMBERS),
            ({"AreaCode": "2222"}, []),
            ({"AreaCode": "5944", "Contains": "005"}, NUMBERS[5:]),
            ({"AreaCode": "2222", "Contains": "005"}, []),
            ({"MmsEnabled": "true"}, []),
            ({"SmsEnabled": "true", "VoiceEnabled": "true"}, NUMBERS),
            ({"SmsEnabled": "false"}, []),
            ({"InLocality": "Nowhere"}, []),
            ({"InPostalCode": "0150"}, []),
        ],
    )
    def test_a_search_finds_what_was_asked_for(
        self, renter: Twilio, wish: dict[str, str], found: list[str]
    ) -> None:
        page = renter.get("AvailablePhoneNumbers/NO/Local.json", **wish)

        assert [row["phone_number"] for row in page["available_phone_numbers"]] == found

    def test_a_search_for_what_is_rare_does_not_read_the_whole_stock(
        self, renter: Twilio, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A stock of millions in which nothing fits is read in steps, each of them empty."""
        steps = []

        def search(**asked: object) -> Found:
            steps.append(asked["after"])
            assert len(steps) < 500, "it reads on and on"
            return Found((), f"local:+47{len(steps):08}")

        monkeypatch.setattr(searching, "search", search)
        page = renter.get("AvailablePhoneNumbers/NO/Local.json", Contains="1*2*3*4*5")

        assert page["available_phone_numbers"] == []
        assert len(steps) == offers.STEPS_MAX

    def test_a_search_for_what_is_never_in_stock_finds_nothing(self, renter: Twilio) -> None:
        for kind in ("Voip", "Mobile"):
            page = renter.get(f"AvailablePhoneNumbers/NO/{kind}.json")
            assert page["available_phone_numbers"] == []
        assert renter.refused("GET", "AvailablePhoneNumbers/NO/Nothing.json")[0] == 404
        assert (
            renter.refused("GET", "AvailablePhoneNumbers/NO/Local.json", Contains="1")[1] == 20001
        )
        assert (
            renter.refused("GET", "AvailablePhoneNumbers/NO/Local.json", AreaCode="x")[1] == 21451
        )

    def test_a_number_is_rented_named_listed_and_released(self, renter: Twilio) -> None:
        row = rent(renter, FriendlyName="Support")
        listed = renter.get("IncomingPhoneNumbers.json")["incoming_phone_numbers"]
        renamed = renter.post(f"IncomingPhoneNumbers/{row['sid']}.json", FriendlyName="Sales")

        assert (row["phone_number"], row["friendly_name"], row["status"]) == (
            NUMBERS[0],
            "Support",
            "in-use",
        )
        assert row["capabilities"] == {"voice": True, "sms": True, "mms": False, "fax": False}
        assert listed == [row]
        assert renamed["friendly_name"] == "Sales"
        renter.delete(f"IncomingPhoneNumbers/{row['sid']}.json")
        assert renter.refused("GET", f"IncomingPhoneNumbers/{row['sid']}.json")[:2] == (404, 20404)
        assert renter.get("IncomingPhoneNumbers.json")["incoming_phone_numbers"] == []
        # 10 a month and 5 to set up; the last period's days come back with the withdrawal
        assert Money.parse(renter.get("Balance.json")["balance"], "EUR") <= Money.parse(
            "220", "EUR"
        )

    def test_a_number_without_a_name_is_called_as_people_read_it(self, renter: Twilio) -> None:
        assert rent(renter)["friendly_name"] == PhoneNumber(NUMBERS[0]).international()

    def test_numbers_are_found_by_name_and_by_digits(self, renter: Twilio) -> None:
        first, second = rent(renter, FriendlyName="a"), rent(renter, NUMBERS[1], FriendlyName="b")

        def found(**by: str) -> list[str]:
            page = renter.get("IncomingPhoneNumbers.json", **by)
            return [row["sid"] for row in page["incoming_phone_numbers"]]

        assert found() == [second["sid"], first["sid"]]
        assert found(FriendlyName="a") == [first["sid"]]
        assert found(PhoneNumber=NUMBERS[1]) == [second["sid"]]
        assert found(Beta="true") == []

    def test_numbers_are_paged_and_no_page_doubles_while_more_are_rented(
        self, renter: Twilio
    ) -> None:
        sids = [rent(renter, number)["sid"] for number in NUMBERS[:4]]
        first = renter.get("IncomingPhoneNumbers.json", PageSize=2)
        rent(renter, NUMBERS[4])
        second = renter.get(first["next_page_uri"])

        pages = [[row["sid"] for row in page["incoming_phone_numbers"]] for page in (first, second)]
        assert pages == [[sids[3], sids[2]], [sids[1], sids[0]]]
        assert second["next_page_uri"] is None

    def test_the_same_idempotency_key_rents_once(self, renter: Twilio) -> None:
        wish = {"PhoneNumber": NUMBERS[0]}
        answers = [
            renter.answer("POST", "IncomingPhoneNumbers.json", wish, HTTP_IDEMPOTENCY_KEY="one")
            for _ in range(2)
        ]

        first, second = (json.loads(answer.content) for answer in answers)
        assert first["sid"] == second["sid"]
        assert len(renter.get("IncomingPhoneNumbers.json")["incoming_phone_numbers"]) == 1

    @pytest.mark.parametrize(
        ("form", "refusal"),
        [
            ({}, (400, 21421, "twilio_number_missing")),
            ({"PhoneNumber": "hello"}, (400, 21421, "twilio_number_malformed")),
            ({"PhoneNumber": "+4711111111"}, (400, 21422, "twilio_number_not_for_rent")),
            ({"AreaCode": "212"}, (400, 21452, "twilio_area_without_numbers")),
            (
                {"PhoneNumber": NUMBERS[0], "BundleSid": "BU" + "0" * 32},
                (400, 21649, "twilio_bundle_unknown"),
            ),
            (
                {"PhoneNumber": NUMBERS[0], "TrunkSid": "TK1"},
                (400, 20001, "twilio_parameter_not_offered"),
            ),
            (
                {"PhoneNumber": NUMBERS[0], "SmsMethod": "PUT"},
                (400, 21403, "twilio_hook_method_malformed"),
            ),
            (
                {"PhoneNumber": NUMBERS[0], "FriendlyName": "x" * 65},
                (400, 20001, "twilio_parameter_malformed"),
            ),
        ],
    )
    def test_a_wish_that_is_refused_rents_nothing(
        self, renter: Twilio, form: dict[str, str], refusal: tuple[int, int, str]
    ) -> None:
        assert renter.refused("POST", "IncomingPhoneNumbers.json", **form) == refusal
        assert renter.get("IncomingPhoneNumbers.json")["incoming_phone_numbers"] == []
        assert renter.get("Balance.json")["balance"] == "220.00"

    def test_what_is_called_for_a_number_is_kept_changed_and_taken_away(
        self, renter: Twilio
    ) -> None:
        hooks = {"SmsUrl": "https://example.com/sms", "SmsFallbackUrl": "https://example.com/f"}
        row = rent(renter, **hooks, VoiceUrl="https://example.com/v", VoiceMethod="GET")
        place = f"IncomingPhoneNumbers/{row['sid']}.json"
        changed = renter.post(place, SmsMethod="GET")
        emptied = renter.post(place, SmsUrl="", StatusCallback="https://example.com/status")

        def told(form: dict[str, Any]) -> tuple[str, ...]:
            return tuple(form[name] for name in ("sms_url", "sms_method", "sms_fallback_url"))

        assert told(row) == (hooks["SmsUrl"], "POST", hooks["SmsFallbackUrl"])
        assert told(changed) == (hooks["SmsUrl"], "GET", hooks["SmsFallbackUrl"])
        assert told(emptied) == ("", "POST", "")
        assert (emptied["voice_url"], emptied["voice_method"]) == ("https://example.com/v", "GET")
        assert emptied["status_callback"] == "https://example.com/status"
        assert renter.get("IncomingPhoneNumbers.json")["incoming_phone_numbers"] == [emptied]
        refused = renter.refused("POST", place, SmsUrl="https://10.0.0.1/", FriendlyName="x")
        assert refused == (400, 21402, "webhook_address_refused")
        assert renter.get(place) == emptied

    def test_without_money_or_texts_nothing_is_rented(
        self, program: Program, renter: Twilio, programs: Callable[..., Program]
    ) -> None:
        poor = Twilio(programs(balance="1.00"))
        assert poor.refused("POST", "IncomingPhoneNumbers.json", PhoneNumber=NUMBERS[0]) == (
            403,
            20005,
            "insufficient_balance",
        )

        credentials.revoke_key(program.account_id, key_id=program.key_id, now=NOW)

        assert renter.refused("POST", "IncomingPhoneNumbers.json", PhoneNumber=NUMBERS[0]) == (
            403,
            20403,
            "acceptance_missing",
        )

    def test_nobody_reaches_anothers_number(
        self, renter: Twilio, programs: Callable[..., Program]
    ) -> None:
        row = rent(renter)
        other = Twilio(programs())

        for method in ("GET", "POST", "DELETE"):
            refusal = other.refused(method, f"IncomingPhoneNumbers/{row['sid']}.json")
            assert refusal == (404, 20404, "no_such_lease")
        assert (
            renter.refused("POST", "IncomingPhoneNumbers.json", PhoneNumber=NUMBERS[0])[1] == 21422
        )


@pytest.mark.usefixtures("rental_supplier")
class TestMessages:
    """What came to rented numbers."""

    def test_a_message_that_came_has_its_fields(self, renter: Twilio) -> None:
        rent(renter)
        received(NUMBERS[0], "Hello there")

        (row,) = renter.get("Messages.json")["messages"]

        assert renter.get(f"Messages/{row['sid']}.json") == row
        assert (row["from"], row["to"], row["body"]) == ("+4799887766", NUMBERS[0], "Hello there")
        assert (row["direction"], row["status"], row["num_segments"]) == (
            "inbound",
            "received",
            "1",
        )
        assert (row["error_code"], row["num_media"]) == (None, "0")
        assert row["date_sent"].endswith("+0000")
        assert renter.get(row["subresource_uris"]["media"])["media_list"] == []

    def test_messages_are_found_by_sides_and_by_day(self, renter: Twilio) -> None:
        rent(renter)
        rent(renter, NUMBERS[1])
        received(NUMBERS[0], "one", sender="+4799000001")
        received(NUMBERS[1], "two", sender="+4799000002")

        def bodies(**by: str) -> list[str]:
            return [row["body"] for row in renter.get("Messages.json", **by)["messages"]]

        assert bodies() == ["two", "one"]
        assert bodies(To=NUMBERS[0]) == ["one"]
        assert bodies(From="+4799000002") == ["two"]
        assert bodies(To=NUMBERS[0], From="+4799000002") == []
        assert bodies(To="+4711111111") == []
        today, yesterday = f"{NOW:%Y-%m-%d}", f"{NOW - DAY:%Y-%m-%d}"
        assert bodies(DateSent=today) == bodies(**{"DateSent<": today}) == ["two", "one"]
        assert bodies(DateSent=yesterday) == bodies(**{"DateSent<": yesterday}) == []
        assert bodies(**{"DateSent>": today}) == ["two", "one"]
        assert renter.refused("GET", "Messages.json", DateSent="soon")[:2] == (400, 20001)

    def test_pages_of_messages_neither_miss_nor_double_while_more_come(
        self, renter: Twilio
    ) -> None:
        rent(renter)
        for n in range(5):
            received(NUMBERS[0], f"text {n}")
        first = renter.get("Messages.json", PageSize=2, To=NUMBERS[0])
        received(NUMBERS[0], "late")
        second = renter.get(first["next_page_uri"])
        third = renter.get(second["next_page_uri"])

        pages = [[row["body"] for row in page["messages"]] for page in (first, second, third)]
        assert pages == [["text 4", "text 3"], ["text 2", "text 1"], ["text 0"]]
        assert third["next_page_uri"] is None
        assert renter.get(third["previous_page_uri"])["messages"] == second["messages"]

    def test_nobody_reads_anothers_message(
        self, renter: Twilio, programs: Callable[..., Program]
    ) -> None:
        rent(renter)
        received(NUMBERS[0], "secret")
        (row,) = renter.get("Messages.json")["messages"]
        other = Twilio(programs())

        assert other.refused("GET", f"Messages/{row['sid']}.json")[:2] == (404, 20404)
        assert other.get("Messages.json")["messages"] == []
        assert other.get("Messages.json", To=NUMBERS[0])["messages"] == []

    def test_a_message_is_redacted_and_removed(self, renter: Twilio) -> None:
        rent(renter)
        received(NUMBERS[0], "a code 1234")
        (row,) = renter.get("Messages.json")["messages"]
        place = f"Messages/{row['sid']}.json"
        words = renter.refused("POST", place, Body="other words")
        stopped = renter.refused("POST", place, Status="canceled")

        redacted = renter.post(place, Body="")

        assert words == (400, 20001, "twilio_parameter_malformed")
        assert stopped == (409, 20009, "twilio_message_not_cancellable")
        assert redacted == {**row, "body": ""} == renter.get(place)
        renter.delete(place)
        assert renter.refused("GET", place)[:2] == (404, 20404)
        assert renter.get("Messages.json")["messages"] == []
