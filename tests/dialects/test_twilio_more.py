"""Twilio's libraries for Python and for Node, unmodified: usage, prices, keys, papers.

Both are asked the same of the same account, so that what one of them reads otherwise shows.
"""

from __future__ import annotations

import base64
import fcntl
import json
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from pytest_django.live_server_helper import LiveServer
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from nummer.apps.accounts import queries as accounts
from nummer.apps.identity import actions as identity
from nummer.apps.identity import ports as identity_ports
from nummer.apps.identity import queries as papers
from nummer.apps.identity.queries import Asked
from nummer.apps.identity.words import DocumentKind, Field
from nummer.apps.leases import ports, waiting
from nummer.apps.leases.actions import go_on_with_papers
from nummer.apps.leases.papers import ask_for_papers, needed
from nummer.apps.messaging import actions as messaging
from nummer.apps.messaging.actions import Fate, Kind
from nummer.apps.messaging.models import Outgoing, OutgoingState
from nummer.faces.api_twilio import views
from nummer.kernel.limits import CallLimit
from nummer.kernel.money import Money
from tests.apps.identity.samples import PDF, take_and_open
from tests.builders import NOW, deliver, rentals, rented, sms_rates, sms_wish, top_up
from tests.dialects.conftest import Moment, Program
from tests.dialects.test_twilio_clients import pointed
from tests.gateways.smpp.platform import PEERS, install_node_peers

pytestmark = pytest.mark.usefixtures("transactional_db")
NUMBER, FREE = "+4759443001", "+4759443002"
WANTED = Asked((Field.FIRST_NAME, Field.LAST_NAME), (DocumentKind.IDENTITY,))
DAYS = 3
REFUSED_CALLS = [404, 20404, "twilio_calls_not_sold"]
HER = "staff:7"


@pytest.fixture
def user(
    program: Program,
    rental_supplier: None,
    moment: Moment,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Program]:
    """Return a program with a number, an SMS that came, and two days of texts sent.

    From now on numbers of its country need papers.
    """
    monkeypatch.setattr(views, "PROGRAMS", CallLimit(per_s=1000, burst=1000))
    monkeypatch.setattr(waiting, "SUPPLIED_WITHIN_S", 0.0)
    before, told = list(ports._papers), list(identity_ports._approved)
    rentals([NUMBER, FREE])
    sms_rates({"47": "0.05"})
    top_up(program.account_id, "200.00")
    lease = rented(program.account_id, NUMBER)
    for _ in range(2):
        at = moment.now()
        sent = messaging.send_sms(program.account_id, wish=sms_wish(lease, body="x" * 200), now=at)
        Outgoing.objects.filter(id=sent.id).update(state=OutgoingState.TAKEN, taken_at=at)
        messaging.report([Fate(program.account_id, sent.id, Kind.SENT, carrier="sandbox")], now=at)
        moment.advance(days=1)
    deliver(NUMBER, "a code 1234", sender="+4799887766", at=moment.now())
    ports.install_papers(needed)
    identity_ports.install_approved(lambda account_id, now: go_on_with_papers(account_id, now=now))
    ask_for_papers(country="NO", kind="local", wanted=WANTED, actor="staff:1", now=moment.now())
    yield program
    ports._papers[:], identity_ports._approved[:] = before, told


@pytest.fixture
def client(user: Program, live_server: LiveServer) -> Client:
    """Return the library for Python with the account's main token."""
    known = accounts.credentials(user.account_id)
    return pointed(Client(known.account_sid, known.auth_token), live_server.url)


def approve(user: Program, moment: Moment) -> None:
    """Let a reviewer look at what was handed in, and approve it."""
    (row,) = papers.papers_of(user.account_id)
    take_and_open(user.account_id, papers_id=row.id, actor=HER, now=moment.now())
    for each in row.documents:
        identity.open_document(
            user.account_id,
            papers_id=row.id,
            document_id=each.id,
            actor=HER,
            now=moment.now(),
        )
    identity.approve(
        user.account_id, papers_id=row.id, expires_on=None, actor=HER, now=moment.now()
    )


def test_python_reads_what_was_used(client: Client) -> None:
    records = client.usage.records
    (whole,) = records.list(category="totalprice")
    daily = records.daily.list(category="totalprice", page_size=2)
    (sms,) = records.list(category="sms-outbound")

    assert Money.parse(str(whole.price), "EUR").micro == 18_750_000 + 2 * 2 * 62_500
    assert len(daily) == DAYS
    assert sum(Money.parse(str(row.price), "EUR").micro for row in daily) == 19_000_000
    assert (daily[0].start_date, daily[-1].start_date) == (whole.end_date, whole.start_date)
    assert (whole.start_date, sms.count, sms.usage) == (NOW.date(), "2", "4")
    for some in (
        records.all_time,
        records.monthly,
        records.yearly,
        records.today,
        records.yesterday,
        records.this_month,
        records.last_month,
    ):
        assert len(some.list(category="totalprice")) >= 1


def test_python_reads_that_calls_have_no_prices(client: Client) -> None:
    assert client.pricing.v1.voice.countries.list() == []
    assert client.pricing.v2.voice.countries.list() == []
    for ask in (
        client.pricing.v1.voice.countries("NO").fetch,
        client.pricing.v1.voice.numbers("+4791234567").fetch,
        client.pricing.v2.voice.countries("NO").fetch,
        client.pricing.v2.voice.numbers("+4791234567").fetch,
        lambda: client.calls.create(to="+1", from_="+2", url="https://example.com"),
    ):
        with pytest.raises(TwilioRestException) as refused:
            ask()
        error = refused.value
        assert [error.status, error.code, error.details["reason"]] == REFUSED_CALLS


def test_python_blots_out_and_removes_a_message(client: Client) -> None:
    (message,) = client.messages.list(to=NUMBER)

    blank = client.messages(message.sid).update(body="")

    assert (message.body, blank.body) == ("a code 1234", "")
    assert client.messages(message.sid).delete() is True
    assert client.messages.list(to=NUMBER) == []


def test_python_puts_a_bundle_together_and_rents_with_it(
    client: Client, user: Program, moment: Moment
) -> None:
    rules = client.numbers.v2.regulatory_compliance
    (individual, _) = rules.regulations.list(iso_country="NO", number_type="local")
    person = rules.end_users.create(
        friendly_name="Kari",
        type="individual",
        attributes={"first_name": "Kari", "last_name": "Nordmann"},
    )
    document = rules.supporting_documents.create(friendly_name="Passport", type="identity")
    bundle = rules.bundles.create(
        friendly_name="Norway", email="kari@example.com", regulation_sid=individual.sid
    )
    items = rules.bundles(bundle.sid).item_assignments
    assigned = [items.create(object_sid=piece.sid) for piece in (person, document)]
    lacking = rules.bundles(bundle.sid).evaluations.create()
    uploaded = httpx.post(
        document.url,
        files={"File": ("passport.pdf", PDF)},
        auth=(client.username, client.password),
    )
    assert uploaded.status_code == 200, uploaded.text
    enough = rules.bundles(bundle.sid).evaluations.create()
    submitted = rules.bundles(bundle.sid).update(status="pending-review")
    approve(user, moment)
    judged = rules.bundles(bundle.sid).fetch()
    number = client.incoming_phone_numbers.create(phone_number=FREE, bundle_sid=bundle.sid)

    assert (lacking.status, enough.status) == ("noncompliant", "compliant")
    assert uploaded.json()["mime_type"] == "application/pdf"
    assert (bundle.status, submitted.status, judged.status) == (
        "draft",
        "pending-review",
        "twilio-approved",
    )
    assert [row.sid for row in items.list()] == [row.sid for row in assigned[::-1]]
    assert items(assigned[0].sid).fetch().object_sid == person.sid
    assert [row.sid for row in rules.bundles.list(status="twilio-approved")] == [bundle.sid]
    assert [row.sid for row in rules.end_users.list()] == [person.sid]
    assert [row.status for row in rules.supporting_documents.list()] == ["approved"]
    assert number.bundle_sid == bundle.sid


TO = "+4791234567"
TEXT = {"to": TO, "from_": NUMBER, "body": "x"}
WRONG: list[tuple[str, dict[str, Any], int]] = [
    ("messages", {**TEXT, "to": ""}, 21604),
    ("messages", {**TEXT, "to": "911"}, 21211),
    ("messages", {**TEXT, "to": NUMBER}, 21266),
    ("messages", {**TEXT, "to": "+8613800138000"}, 21612),
    ("messages", {**TEXT, "from_": ""}, 21603),
    ("messages", {**TEXT, "from_": FREE}, 21606),
    ("messages", {**TEXT, "body": ""}, 21602),
    ("messages", {**TEXT, "body": "x" * 1601}, 21617),
    ("messages", {**TEXT, "media_url": ["https://example.com/cat.png"]}, 21623),
    ("messages", {**TEXT, "messaging_service_sid": "MG" + "0" * 32}, 21701),
    ("messages", {**TEXT, "content_sid": "HX" + "0" * 32}, 21655),
    ("messages", {**TEXT, "schedule_type": "fixed"}, 35118),
    ("messages", {**TEXT, "max_price": 0.001}, 30010),
    ("messages", {**TEXT, "validity_period": 99_999}, 20001),
    ("messages", {**TEXT, "provide_feedback": True}, 20001),
    ("messages", {**TEXT, "content_retention": "discard"}, 20001),
    ("messages", {**TEXT, "status_callback": "https://10.0.0.1/"}, 21402),
    ("incoming_phone_numbers", {"friendly_name": "x"}, 21421),
    ("incoming_phone_numbers", {"phone_number": "hello"}, 21421),
    ("incoming_phone_numbers", {"phone_number": "+4711111111"}, 21422),
    ("incoming_phone_numbers", {"area_code": "xyz"}, 21451),
    ("incoming_phone_numbers", {"area_code": "212"}, 21452),
    ("incoming_phone_numbers", {"phone_number": FREE, "sms_url": "https://10.0.0.1/"}, 21402),
    ("incoming_phone_numbers", {"phone_number": FREE, "sms_method": "PUT"}, 21403),
    ("incoming_phone_numbers", {"phone_number": FREE, "bundle_sid": "BU" + "0" * 32}, 21649),
    ("incoming_phone_numbers", {"phone_number": FREE, "trunk_sid": "TK" + "0" * 32}, 20001),
]


def test_python_is_told_what_is_wrong_by_the_protocols_numbers(client: Client) -> None:
    told = []
    for resource, form, _ in WRONG:
        with pytest.raises(TwilioRestException) as refused:
            getattr(client, resource).create(**form)
        told.append((resource, form, refused.value.code))

    assert told == WRONG


def test_python_is_told_to_wait(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "PROGRAMS", CallLimit(per_s=0.01, burst=1))
    client.balance.fetch()

    with pytest.raises(TwilioRestException) as refused:
        client.balance.fetch()

    assert (refused.value.status, refused.value.code) == (429, 20429)
    assert refused.value.details["retry_after_s"] > 1


@pytest.fixture(scope="session")
def node_peers() -> None:
    """Install the npm peers once, also with many test processes."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("node and npm are not installed")
    with (PEERS / "package.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        install_node_peers()


def node(told: dict[str, Any]) -> Any:
    """Run the program and return what it saw."""
    ran = subprocess.run(
        ["node", str(PEERS / "twilio_more.js"), json.dumps(told)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def who(client: Client, live_server: LiveServer) -> dict[str, Any]:
    """Return what the program is told: where, and who it is."""
    return {
        "url": live_server.url,
        "account": client.username,
        "user": client.username,
        "secret": client.password,
    }


def camel(form: dict[str, Any]) -> dict[str, Any]:
    """Write parameters as the library for Node names them."""
    words = {name: name.strip("_").split("_") for name in form}
    return {
        first + "".join(word.capitalize() for word in rest): form[name]
        for name, (first, *rest) in words.items()
    }


@pytest.mark.usefixtures("node_peers")
def test_node_is_told_what_is_wrong_by_the_protocols_numbers(
    client: Client, live_server: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = [[camel({resource: 0}).popitem()[0], camel(form)] for resource, form, _ in WRONG]
    told = node({**who(client, live_server), "wrong": asked})
    monkeypatch.setattr(views, "PROGRAMS", CallLimit(per_s=0.01, burst=1))
    client.balance.fetch()
    limited = node({**who(client, live_server), "limited": True})

    assert [code for _, code, _ in told] == [code for _, _, code in WRONG]
    assert limited[:2] == [429, 20429]


@pytest.mark.usefixtures("node_peers")
def test_node_reads_the_same_and_puts_a_bundle_together(
    client: Client, user: Program, live_server: LiveServer, moment: Moment
) -> None:
    told = {
        **who(client, live_server),
        "number": NUMBER,
        "free": FREE,
        "file": base64.b64encode(PDF).decode(),
    }
    seen = node(told)
    approve(user, moment)
    judged = node({**told, "bundle": seen["papers"]["bundle"]})

    usage, prices = seen["usage"], seen["prices"]
    assert usage["whole"] == [[NOW.date().isoformat(), "19.00"]]
    assert [price for _, price in usage["daily"]] == ["0.00", "0.125", "18.875"]
    assert usage["others"] == [1] * 7
    assert usage["sms"] == [["2", "4"]]
    assert "12.50" in prices["number"]
    assert prices["message"][0] == "0.0625"
    assert (prices["unit"], prices["voice"]) == ("EUR", [0, 0])
    assert prices["calls"] == [REFUSED_CALLS] * 3
    assert (seen["keys"]["gone"], seen["keys"]["after"][:2]) == (True, [401, 20003])
    assert seen["keys"]["forbidden"] == [401, 20003, "twilio_main_token_needed"]
    assert seen["redacted"] == {
        "before": "a code 1234",
        "blank": "",
        "media": 0,
        "gone": True,
        "after": [404, 20404, "no_such_sms"],
    }
    found = seen["papers"]
    assert (found["states"], found["evaluations"]) == (
        ["draft", "pending-review"],
        ["noncompliant", "compliant"],
    )
    assert found["early"] == [400, 20001, "papers_not_complete"]
    assert (found["upload"], found["items"]) == ([200, "application/pdf"], 2)
    assert found["asked"] == ["first_name", "last_name"]
    assert found["changed"] == [409, 20409, "bundle_in_review"]
    assert judged == {
        "status": "twilio-approved",
        "number": FREE,
        "bundle": found["bundle"],
    }
