"""A dossier on its way to the wholesaler, by his own library, and what his verdict does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from nummer.apps.catalogue.leasing import set_lease_price
from nummer.apps.identity import actions as identity
from nummer.apps.identity import ports as identity_ports
from nummer.apps.identity import queries as papers
from nummer.apps.identity.queries import Asked
from nummer.apps.identity.words import DocumentKind, Field, Verdict
from nummer.apps.leases import actions as leases
from nummer.apps.leases import ports
from nummer.apps.leases import queries as rented
from nummer.apps.leases.actions import go_on_with_papers
from nummer.apps.leases.models import Rentable
from nummer.apps.leases.papers import ask_for_papers, needed, needed_until
from nummer.apps.ledger import queries as ledger
from nummer.apps.outbound import queries as outbound
from nummer.apps.refunds.jobs import DUE_SOURCES as REFUNDS
from nummer.apps.supply import actions
from nummer.config.reviews import end_review, open_review
from nummer.config.sweeper import sweep_until
from nummer.kernel.errors import Unavailable
from nummer.kernel.money import Money
from nummer.suppliers.sandbox.didww import papers as sealed
from nummer.suppliers.sandbox.didww import telling
from nummer.suppliers.sandbox.didww.provider import CODE
from tests.apps.identity.samples import JPEG, PDF, take_and_open
from tests.builders import NOW, customer, rental_wish
from tests.suppliers.wholesale.account import CALLBACK, Account

HER = "staff:7"
NUMBER = "+4930231259{}"
WANTED = Asked(
    (Field.FIRST_NAME, Field.LAST_NAME, Field.STREET, Field.POSTCODE, Field.CITY, Field.COUNTRY),
    (DocumentKind.IDENTITY, DocumentKind.ADDRESS),
)
SAID = {
    Field.FIRST_NAME: "Kari",
    Field.LAST_NAME: "Nordmann",
    Field.STREET: "Storgata 1",
    Field.POSTCODE: "0155",
    Field.CITY: "Oslo",
    Field.COUNTRY: "NO",
}


@pytest.fixture
def berlin(account: Account) -> Iterator[Account]:
    """Let numbers of Berlin need papers, and offer them."""
    kept: list[tuple[list[Any], list[Any]]] = [
        (port, list(port))
        for port in (
            ports._papers,
            identity_ports._approved,
            identity_ports._handed_in,
            identity_ports._judged,
            identity_ports._needed_until,
        )
    ]
    ports.install_papers(needed)
    identity_ports.install_approved(lambda account_id, now: go_on_with_papers(account_id, now=now))
    identity_ports.install_review(handed_in=open_review, judged=end_review)
    identity_ports.install_needed_until(needed_until)
    set_lease_price(
        country="DE",
        kind="local",
        monthly=Money.parse("10.00", "EUR"),
        setup=Money.parse("5.00", "EUR"),
        from_at=NOW,
        actor="staff:0",
        now=NOW,
    )
    ask_for_papers(
        country="DE", kind="local", wanted=WANTED, supplier=CODE, actor="staff:1", now=NOW
    )
    account.set("complete_after_s", "3600")  # until `fulfil`
    account.set("verified_after_s", "0")
    actions.sync(actions.start_sync(CODE, actor="staff:1", now=NOW), now=NOW)
    yield account
    for port, before in kept:
        port[:] = before


def offer(digits: str) -> str:
    """Return a number of Berlin that is offered, whatever the sample held."""
    wanted = NUMBER.format(digits)
    found = Rentable.objects.filter(supplier=CODE, country="DE").order_by("e164").first()
    assert found is not None
    if found.e164 != wanted and not Rentable.objects.filter(e164=wanted).exists():
        Rentable.objects.filter(number_id=found.number_id).update(e164=wanted)
    return wanted


def placed(digits: str = "01") -> rented.LeaseRow:
    """Order a number of Berlin, hand papers in, and have them approved."""
    account_id = customer(balance="50.00")
    lease = leases.rent(account_id, wish=replace(rental_wish(offer(digits)), country="DE"), now=NOW)
    leases.supply(account_id, lease_id=lease.id, now=NOW)
    assert rented.lease(account_id, lease_id=lease.id).state == "papers"
    papers_id = identity.hand_in(
        account_id,
        wanted=WANTED,
        fields=SAID,
        documents={DocumentKind.IDENTITY: PDF, DocumentKind.ADDRESS: JPEG},
        now=NOW,
    )
    take_and_open(account_id, papers_id=papers_id, actor=HER, now=NOW)
    for one in papers.papers(account_id, papers_id=papers_id).documents:
        identity.open_document(
            account_id, papers_id=papers_id, document_id=one.id, actor=HER, now=NOW
        )
    identity.approve(account_id, papers_id=papers_id, expires_on=None, actor=HER, now=NOW)
    return rented.lease(account_id, lease_id=lease.id)


def step(lease: rented.LeaseRow, *, minutes: int = 0) -> str:
    now = NOW + timedelta(minutes=minutes)
    leases.supply(lease.account_id, lease_id=lease.id, now=now)
    return rented.lease(lease.account_id, lease_id=lease.id).state


def test_numbers_that_need_papers_are_offered_once_a_rule_asks_for_them(berlin: Account) -> None:
    assert Rentable.objects.filter(supplier=CODE, country="DE").count() == 10


def test_dossier_goes_encrypted_and_the_number_works_once_it_is_accepted(berlin: Account) -> None:
    lease = placed()
    assert step(lease) == "at_supplier"
    berlin.fulfil()
    assert step(lease) == "at_supplier"  # the dossier went

    (task,) = berlin.all_of("address_verifications")
    (identity_there,) = berlin.all_of("identities")
    (address,) = berlin.all_of("addresses")
    said = identity_there["attributes"]
    assert (said["first_name"], said["last_name"]) == ("Kari", "Nordmann")
    assert {name for name, text in said.items() if text} == {
        "first_name",
        "last_name",
        "identity_type",
        "external_reference_id",
    }
    assert (address["attributes"]["city_name"], address["attributes"]["address"]) == (
        "Oslo",
        "Storgata 1",
    )
    assert task["attributes"]["external_reference_id"] == lease.id.hex
    proofs = berlin.all_of("proofs")
    with berlin.desk.change() as memory:
        opened = {sealed.opened(memory, proof["rel"]["files"][0][1]) for proof in proofs}
        raw = [memory.hidden(proof["rel"]["files"][0][1])["file"] for proof in proofs]
    assert {content[:4] for content in opened} == {PDF[:4], JPEG[:4]}
    assert not opened & {PDF, JPEG}  # copies
    assert not any("JVBER" in file for file in raw)  # what %PDF is in base 64

    berlin.work()
    assert step(lease) == "active"
    (row,) = papers.transfers(lease.account_id)
    assert (row.order_id, row.supplier, row.verdict) == (lease.id, CODE, Verdict.ACCEPTED)
    assert (row.fields, row.documents) == (WANTED.fields, WANTED.documents)
    assert row.sent_at is not None
    purposes = {one.purpose for one in outbound.passages(lease.account_id)}
    assert purposes == {"papers", "paper"}


def test_refused_dossier_ends_the_order_with_the_price_back_and_the_number_given_back(
    berlin: Account,
) -> None:
    lease = placed("96")
    step(lease)
    berlin.fulfil()
    step(lease)
    berlin.work()

    assert step(lease) == "failed"

    ended = rented.lease(lease.account_id, lease_id=lease.id)
    assert ended.end_reason == "papers_refused"
    (row,) = papers.transfers(lease.account_id)
    assert row.verdict is Verdict.REFUSED
    assert "not that of the proof" in row.said
    sweep_until(NOW + timedelta(minutes=1), sources=REFUNDS)
    assert ledger.balance(lease.account_id).spendable.decimal_text() == "50.00"


def test_dossier_whose_answers_are_lost_is_there_once(
    berlin: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    lease = placed()
    step(lease)
    berlin.fulfil()
    lost: list[str] = []
    calls = berlin.numbers._calls()
    post = calls._client.post

    def lose(path: str, data: object, params: object = None) -> object:
        body = post(path, data, params=params)
        if path not in lost:
            lost.append(path)
            raise TimeoutError
        return body

    monkeypatch.setattr(calls._client, "post", lose)
    states = []
    for minute in range(8):
        try:
            states.append(step(lease, minutes=minute))
        except Unavailable:
            states.append("away")
        berlin.work()

    assert states[-1] == "active"
    assert "away" in states
    counts = {
        kind: len(berlin.all_of(kind))
        for kind in ("identities", "addresses", "proofs", "address_verifications", "dids")
    }
    assert counts == {
        "identities": 1,
        "addresses": 1,
        "proofs": 2,
        "address_verifications": 1,
        "dids": 1,
    }


def test_dossier_that_the_supplier_finds_unfit_is_our_failure(berlin: Account) -> None:
    lease = placed()
    step(lease)
    berlin.fulfil()
    with berlin.desk.change() as memory:
        for one in memory.all_of("address_requirements"):
            one["attributes"]["personal_mandatory_fields"] = ["personal_tax_id"]
            memory.keep(one)

    assert step(lease) == "failed"
    assert rented.lease(lease.account_id, lease_id=lease.id).end_reason == "supplier_refused"


def test_callback_about_a_verdict_takes_the_order_on(berlin: Account) -> None:
    lease = placed()
    step(lease)
    berlin.fulfil()
    step(lease)
    berlin.work()
    (task,) = berlin.all_of("address_verifications")
    form = {"id": task["id"], "type": "address_verifications", "status": "approved"}
    secret = berlin.numbers._access().callback_secret
    signed = telling.signature(secret, CALLBACK, form)

    assert actions.receive_callback(CODE, said=form, signature=signed)
    actions.hear_order(CODE, verification=task["id"], now=NOW)

    assert rented.lease(lease.account_id, lease_id=lease.id).state == "active"
