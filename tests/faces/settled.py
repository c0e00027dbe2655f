"""A customer who has one of everything, with words of a test's choice in every field of his.

`settled` takes the words, as a mark that must not turn up elsewhere, or as a text that must stay
inert; `named` is how every kind of thing of his is called in addresses.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Model
from django.test import Client

from nummer.apps.accounts import queries as account_queries
from nummer.apps.accounts.models import ApiKey, Login, OpenSession, SubAccount
from nummer.apps.bundles.models import Assignment, Bundle
from nummer.apps.cases.models import Attachment, CaseNumber
from nummer.apps.cases.models import Message as Said
from nummer.apps.identity.models import Document, Papers
from nummer.apps.incidents import queries as incidents
from nummer.apps.incidents.actions import scopes
from nummer.apps.incidents.models import Incident
from nummer.apps.invoices.models import Document as Invoice
from nummer.apps.leases.models import Handover, Lease, PortOut
from nummer.apps.leases.papers import ask_for_papers
from nummer.apps.messaging import queries as messaging
from nummer.apps.messaging.models import Message
from nummer.apps.notify.models import Letter
from nummer.apps.numbers.models import Activation
from nummer.apps.orders.actions import Placed
from nummer.apps.orders.models import Order
from nummer.apps.payments.models import TopUp
from nummer.apps.payouts.models import Payout, Share
from nummer.apps.refunds.actions import cancel_activation
from nummer.apps.refunds.models import Claim
from nummer.apps.webhooks.actions import send_test
from nummer.apps.webhooks.models import Delivery, Endpoint
from nummer.faces.site.rights import ROLES
from nummer.kernel.ids import new_id
from tests import builders
from tests.apps.identity.conftest import WANTED, reviewers
from tests.apps.identity.samples import PDF, PNG
from tests.apps.invoices.world import sell, write_all
from tests.builders import NOW
from tests.dialects.conftest import Program
from tests.faces.backoffice.test_claims import CALL, called
from tests.faces.backoffice.test_staff import at_work
from tests.faces.conftest import Enter
from tests.faces.forms import form_to
from tests.faces.site.test_decisions import confirmed
from tests.faces.site.test_members import invited, member_of
from tests.faces.site.test_payout_pages import pay_in
from tests.faces.site.test_sessions import browser_of

RENTED: Final = ("+4759771001", "+4759771002", "+4759771003")
A_PERSON: Final = "IsoCountry=NO&NumberType=local&EndUserType=individual"
ORDERED: Final = ("+4759772001", "+4759772002")
Words = Callable[[str], str]


@dataclass(slots=True)
class Settled:
    """A customer, his browser, his program, and what names each thing that is his."""

    account_id: int
    browser: Client
    program: Program
    names: dict[str, str] = field(default_factory=dict)
    about: dict[tuple[str, str], str] = field(default_factory=dict)  # (part of a route, parameter)
    members: dict[str, Login] = field(default_factory=dict)  # by their role

    def name(self, parameter: str, *, route: str) -> str | None:
        """Return what stands for a parameter in a route."""
        for (part, name), value in self.about.items():
            if name == parameter and part in route:
                return value
        return self.names.get(parameter)


@contextmanager
def settled(enter: Enter, *, words: Words, **customer: str) -> Iterator[Settled]:
    """Bring him; `words` makes the text of each field from the field's name."""
    account_id = builders.customer(balance="500.00", **customer)
    builders.lift_limits(account_id)
    browser = browser_of(account_id)
    known_again(browser)
    one = Settled(account_id, browser, program_of(browser, words))
    with reviewers():
        _write(one, words)
        _rent(one, words)
        placed = _order(one, words)
        _programs(one, words)
        fill(one.browser, "/account/sub-accounts/", make=_named_by, words=words)
        _money(one, words)
        _leave(one, words)
        _members(one)
        _papers(one, words)
        _staff(one, words, placed)
        confirmed(account_id)
        _name_all(one)
        yield one


def known_again(browser: Client) -> None:
    """Let him give his password once more, as pages of what is dear ask."""
    browser.post("/accounts/reauthenticate/?next=/", {"password": "correct horse battery"})


def fill(browser: Client, at: str, *, make: Callable[[Words], dict[str, Any]], words: Words) -> str:
    """Send the form of a page with some fields changed, and return what is shown then.

    Where a field refuses a test's words, it is filled with plain ones.
    """
    for chosen in (words, lambda name: f"plain-{name}"):
        form = form_to(browser.get(at).text, at=at)
        answer = browser.post(at, {**form, **make(chosen)}, follow=True)
        if answer.status_code == 200:
            break
    assert answer.status_code == 200, (at, answer.status_code, answer.text[-3000:])
    return str(answer.text)


def program_of(browser: Client, words: Words) -> Program:
    """Make a key on its page."""
    page = fill(
        browser,
        "/keys/",
        make=lambda said: {"label": said("label"), "reads_only": []},
        words=words,
    )
    [secret] = re.findall(r'id="new-key">([^<]+)<', page)
    key = ApiKey.objects.latest("id")
    return Program(key.account_id, key.id, secret)


def _write(one: Settled, words: Words) -> None:
    def case(said: Words) -> dict[str, Any]:
        return {
            "kind": "question",
            "subject": said("subject"),
            "text": said("text"),
            "attached": SimpleUploadedFile(said("file") + ".png", PNG, "image/png"),
        }

    fill(one.browser, "/cases/", make=case, words=words)


def _rent(one: Settled, words: Words) -> None:
    builders.sms_rates({"47": "0.05"})
    builders.rentals(RENTED[:2])
    first, _ = (builders.rented(one.account_id, number) for number in RENTED[:2])
    builders.deliver(first.number, words("sms"), sender=words("sender")[:11], at=NOW)
    builders.deliver(first.number, words("sms2"), sender="+4791234567", at=NOW)
    talks = {each.theirs: each.id for each in messaging.conversations(one.account_id)}
    one.names["conversation_id"] = str(talks["+4791234567"])
    thread = f"/inbox/{first.id}/{one.names['conversation_id']}/"
    fill(one.browser, thread, make=lambda said: {"body": said("reply")}, words=words)
    replied = f"/inbox/{first.id}/settings/"
    fill(one.browser, replied, make=lambda said: {"reply": said("automatic")}, words=words)
    scopes.publish(scopes.Scope(country="NO"), began_at=NOW, actor="staff:1", now=NOW)


def _order(one: Settled, words: Words) -> Placed:
    builders.numbers(ORDERED)
    placed = builders.order(one.account_id)
    builders.deliver(placed.number, f"Telegram code: 48213 {words('code')}", sender="Telegram")
    cancelled = builders.order(one.account_id).activation_id
    cancel_activation(one.account_id, activation_id=cancelled, surface="test", now=NOW)
    return placed


def _programs(one: Settled, words: Words) -> None:
    url = "http://127.0.0.1:34567/"
    fill(one.browser, "/webhooks/", make=lambda said: {"url": url + said("url")}, words=words)
    endpoint = Endpoint.objects.get(account_id=one.account_id)
    send_test(one.account_id, endpoint_id=endpoint.id, now=NOW)
    one.names["event_id"] = str(Delivery.objects.get(account_id=one.account_id).event_id)


def _named_by(said: Words) -> dict[str, Any]:
    return {"name": said("sub-account")}


def _money(one: Settled, words: Words) -> None:
    fill(
        one.browser,
        "/invoices/details/",
        make=lambda said: {"name": said("addressee"), "address": said("address")},
        words=words,
    )
    sell(one.account_id)
    write_all()
    asked = {"top_up": str(pay_in(one.account_id)), "amount": "", "reason": ""}
    assert one.browser.post("/payouts/", asked).status_code == 302


def _papers(one: Settled, words: Words) -> None:
    ask_for_papers(country="NO", kind="local", wanted=WANTED, actor="staff:1", now=NOW)
    builders.rentals(RENTED[2:])
    builders.rented(one.account_id, RENTED[2])

    def papers(said: Words) -> dict[str, Any]:
        file = SimpleUploadedFile(said("paper"), PDF, "application/pdf")
        names = {"first_name": said("first"), "last_name": said("last")}
        return {"document-identity": file, **names}

    fill(one.browser, "/papers/", make=papers, words=words)
    _bundle(one, words)


def _bundle(one: Settled, words: Words) -> None:
    person = _of_twilio(
        one,
        "EndUsers",
        FriendlyName=words("person"),
        Type="individual",
        Attributes=json.dumps({"first_name": words("first"), "last_name": words("last")}),
    )
    document = _of_twilio(
        one,
        "SupportingDocuments",
        FriendlyName=words("document"),
        Type="identity",
        File=SimpleUploadedFile("passport.pdf", PDF, "application/pdf"),
    )
    regulation = _of_twilio(one, f"Regulations?{A_PERSON}", method="get")["results"][0]["sid"]
    bundle = _of_twilio(
        one,
        "Bundles",
        FriendlyName=words("bundle"),
        Email="kari@example.com",
        RegulationSid=regulation,
    )
    _of_twilio(one, f"Bundles/{bundle['sid']}/ItemAssignments", ObjectSid=person["sid"])
    evaluation = _of_twilio(one, f"Bundles/{bundle['sid']}/Evaluations")
    one.names["evaluation_sid"] = evaluation["sid"]
    one.names["regulation_sid"] = regulation
    one.about["EndUsers", "piece_sid"] = person["sid"]
    one.about["SupportingDocuments", "piece_sid"] = document["sid"]


def basic(account_id: int) -> str:
    """Return the header by which a Twilio program of a customer says whose it is."""
    known = account_queries.credentials(account_id)
    pair = f"{known.account_sid}:{known.auth_token}".encode()
    return f"Basic {base64.b64encode(pair).decode()}"


def _of_twilio(one: Settled, path: str, *, method: str = "post", **form: object) -> Any:
    caller = Client(headers={"authorization": basic(one.account_id)})
    answer = getattr(caller, method)(f"/v2/RegulatoryCompliance/{path}", form)
    assert answer.status_code < 300, (path, answer.text)
    return answer.json()


def _leave(one: Settled, words: Words) -> None:
    first, second = (
        Lease.objects.get(account_id=one.account_id, e164=number) for number in RENTED[:2]
    )
    fill(
        one.browser,
        f"/my-numbers/{first.id}/port-out/",
        make=lambda said: {"text": said("port-out")},
        words=words,
    )
    receiver = builders.email_of(builders.customer())
    fill(
        one.browser,
        f"/my-numbers/{second.id}/hand-over/",
        make=lambda said: {"email": receiver},
        words=words,
    )
    one.about["hand-over", "lease_id"] = str(second.id)


def _members(one: Settled) -> None:
    """Let somebody of each role work in his account, and one more be invited."""
    one.members = {role: member_of(one.account_id, role=role) for role in ROLES}
    one.names["login_id"] = str(one.members["developer"].id)
    one.names["invitation_id"] = str(invited(one.account_id).id)


def _staff(one: Settled, words: Words, placed: Placed) -> None:
    """Let the staff write what only they may read, and take a call of his."""
    number = str(CaseNumber.objects.filter(account_id=one.account_id).earliest("number").number)
    browser = at_work("owner")
    browser.post(f"/staff/cases/{number}/note/", {"note": words("note"), "key": str(new_id())})
    form = called(one.account_id, placed, ask="balance_claim", reason="review")
    browser.post(CALL, {**form, "text": words("call"), "file": "yes"})


_ROWS: Final[dict[str, tuple[type[Model], str]]] = {
    "lease_id": (Lease, "id"),
    "sms_id": (Message, "id"),
    "endpoint_id": (Endpoint, "id"),
    "top_up_id": (TopUp, "id"),
    "payout_id": (Payout, "id"),
    "share_id": (Share, "id"),
    "invoice_id": (Invoice, "id"),
    "document_id": (Invoice, "id"),
    "number": (CaseNumber, "number"),
    "file_id": (Attachment, "id"),
    "message_id": (Said, "id"),
    "order_id": (Order, "id"),
    "papers_id": (Papers, "id"),
    "claim_id": (Claim, "id"),
    "port_out_id": (PortOut, "id"),
    "handover_id": (Handover, "id"),
    "letter_id": (Letter, "id"),
    "key_id": (ApiKey, "id"),
    "session_id": (OpenSession, "id"),
    "sid": (SubAccount, "sid"),
}


def _name_all(one: Settled) -> None:
    """Write down what every kind of thing of his is called, and where it is called otherwise."""
    for parameter, (model, column) in _ROWS.items():
        rows = model._default_manager.filter(account_id=one.account_id).order_by(column)
        found = rows.values_list(column, flat=True).first()
        assert found is not None, parameter
        one.names.setdefault(parameter, str(found))
    names, of = one.names, one.account_id
    activation = Activation.objects.filter(account_id=of).earliest("public_id")
    names["account_id"] = str(of)
    names["account_sid"] = account_queries.credentials(of).account_sid
    names["activation_id"] = str(activation.public_id)
    names["phone"] = activation.e164.lstrip("+")
    names["incident_id"] = str(Incident.objects.latest("published_at").id)
    names["case_id"] = str(incidents.abuse_of(of)[0].id)
    hexes = {each: UUID(names[each]).hex for each in ("key_id", "lease_id", "sms_id")}
    names["key_sid"] = f"SK{hexes['key_id']}"
    names["number_sid"] = f"PN{hexes['lease_id']}"
    names["message_sid"] = f"SM{hexes['sms_id']}"
    names["media_sid"] = f"ME{0:032x}"
    bundle = Bundle.objects.get(account_id=of)
    names["bundle_sid"] = f"BU{bundle.id.hex}"
    names["item_sid"] = f"BV{Assignment.objects.get(account_id=of).id.hex}"
    for part in ("api/v1/", "user/"):
        one.about[part, "order_id"] = names["activation_id"]
    one.about["open/", "number"] = str(of)
    paper = Document.objects.filter(account_id=of).earliest("id")
    one.about["staff/papers/", "document_id"] = str(paper.id)
