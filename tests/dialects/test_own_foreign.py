"""Whatever an address of our own interface names, it is there for its owner alone.

The addresses are those of the description, so that a new one is walked, too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from nummer.apps.accounts import binding
from nummer.apps.agreements import actions as agreements
from nummer.apps.agreements import queries as texts
from nummer.apps.incidents.actions import scopes
from nummer.apps.messaging import queries as messaging
from nummer.faces.api import reading
from nummer.kernel.limits import CallLimit
from tests import builders
from tests.apps.invoices.world import sell, write_all
from tests.apps.payments.conftest import Provider, provider
from tests.dialects.conftest import Moment, Program
from tests.dialects.own import DESCRIPTION, call, told
from tests.hooks import Receiver

__all__ = ["provider"]  # a fixture

pytestmark = pytest.mark.django_db

# What an operation needs in its body to come as far as the row that it names.
BODIES = {
    "reportProblem": {},
    "reportLeaseFault": {},
    "keepFee": {"kept": True},
    "answerOther": {"answer": "accept"},
    "setHook": {"url": "https://93.184.216.34/"},
    "setInbox": {"mailed": True},
    "completePayout": {"amount": "1.00"},
    "chooseWay": {"way": "balance"},
    "writeMessage": {"text": "Hello"},
    "objectToDecision": {"words": "No"},
    "changeWebhook": {"on": False},
    "replayFailed": {"since": "2026-01-01T00:00:00+00:00"},
}
# Kinds of what is nobody's own: there is no row of another to be named.
NOBODYS = {"case_id", "share_id"}


def operations() -> Iterator[tuple[str, str, str]]:
    for path, item in DESCRIPTION["paths"].items():
        for method, operation in item.items():
            if "{" in path:
                yield method.upper(), path, operation["operationId"]


@pytest.fixture(autouse=True)
def unlimited(rental_supplier: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "PROGRAMS", CallLimit(per_s=10_000, burst=10_000))


@pytest.fixture
def theirs(
    programs: Callable[..., Program], provider: Provider, moment: Moment
) -> Iterator[tuple[Program, dict[str, Any]]]:
    """Return somebody who has one of everything, and what names it."""
    owner = programs()
    builders.rentals(["+4759441001"])
    builders.top_up(owner.account_id, "100.00")
    lease = builders.rented(owner.account_id)
    builders.deliver(lease.number, "Hello", sender="Somebody")
    [sms] = messaging.sms_of(owner.account_id)
    [conversation] = messaging.conversations(owner.account_id)
    incident = scopes.publish(
        scopes.Scope(country="NO"), began_at=moment.now(), actor="staff:1", now=moment.now()
    )
    sell(owner.account_id)
    write_all()

    def made(path: str, wish: object) -> Any:
        status, answer = told(call(owner, "POST", path, wish, key="1"))
        assert status == 201, answer
        return answer

    with Receiver() as receiver:
        hook = made("webhooks", {"url": receiver.url()})
        _, sent = told(call(owner, "POST", f"webhooks/{hook['id']}/test"))
        call(owner, "PUT", f"leases/{lease.id}/hooks/sms", {"url": receiver.url()})
        case = {"kind": "question", "subject": "A question", "text": "How?"}
        yield (
            owner,
            {
                "order_id": made("orders", {"service": "tg", "country": "NO"})["id"],
                "lease_id": lease.id,
                "purpose": "sms",
                "incident_id": incident.id,
                "conversation_id": conversation.id,
                "sms_id": sms.id,
                "endpoint_id": hook["id"],
                "event_id": sent["event"],
                "top_up_id": made("top-ups", {"amount": "20.00", "method": "sandbox-card"})["id"],
                "payout_id": made("payouts", {})["id"],
                "invoice_id": told(call(owner, "GET", "invoices"))[1]["invoices"][0]["id"],
                "number": made("cases", case)["number"],
                "case_id": lease.id,
                "share_id": lease.id,
            },
        )


def test_what_another_has_is_not_there_by_any_address(
    theirs: tuple[Program, dict[str, Any]], programs: Callable[..., Program]
) -> None:
    owner, ids = theirs
    stranger = programs()
    before = told(call(owner, "GET", "balance"))

    for method, path, name in operations():
        address = path.format(**ids)[1:]
        status, answer = told(call(stranger, method, address, BODIES.get(name), key="x"))
        assert status == 404, (method, path, answer)
        assert answer["code"].startswith("no_such_"), (method, path, answer)

    assert told(call(owner, "GET", "balance")) == before


def test_what_is_ones_own_is_there_by_every_address(
    theirs: tuple[Program, dict[str, Any]],
) -> None:
    """Or the walk above would show nothing."""
    owner, ids = theirs
    ends = {"cancelLease", "removeWebhook", "deleteSms", "removeHook"}
    walked = sorted(operations(), key=lambda each: each[2] in ends)
    for method, path, name in walked:
        if NOBODYS & set(re.findall(r"{(\w+)}", path)):
            continue
        address = path.format(**ids)[1:]
        status, answer = told_or_pdf(owner, method, address, BODIES.get(name))
        assert status != 404, (method, path, answer)


def test_a_key_that_may_only_read_reads_and_changes_nothing(
    theirs: tuple[Program, dict[str, Any]], moment: Moment
) -> None:
    owner, ids = theirs
    accepted = texts.texts_to_accept(texts.KEY_DOCUMENTS, language="en", now=moment.now())
    key = agreements.create_key(
        account_id=owner.account_id,
        label="books",
        accepted=[text.as_accepted() for text in accepted],
        surface="test",
        reads_only=True,
        now=moment.now(),
    )
    reader = Program(owner.account_id, key.id, key.secret)

    for path, item in DESCRIPTION["paths"].items():
        for method in item:
            if NOBODYS & set(re.findall(r"{(\w+)}", path)) or path == "/openapi.json":
                continue
            address = path.format(**ids)[1:]
            answer = call(reader, method.upper(), address, key="z")
            if method == "get":
                assert answer.status_code != 403, path
            else:
                assert (answer.status_code, json.loads(answer.content)["code"]) == (
                    403,
                    "api_key_reads_only",
                ), (method, path)
    for dialect in ("getBalance", "getNumber"):
        assert reader.call(dialect, service="tg", country="174") == "BAD_KEY"
    assert binding.holder(system_id="api", password=key.secret, now=moment.now()) is None


def told_or_pdf(program: Program, method: str, path: str, body: object) -> tuple[int, Any]:
    answer = call(program, method, path, body, key="y")
    return (answer.status_code, None) if path.endswith(".pdf") else told(answer)
