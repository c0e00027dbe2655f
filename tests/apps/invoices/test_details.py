"""Tax numbers of companies, whom documents name, and what is known of a customer's country."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from nummer.apps.accounts import queries as accounts
from nummer.apps.invoices import ports
from nummer.apps.invoices.actions import (
    confirm_tax_number,
    give_tax_number,
    name_addressee,
    withdraw_tax_number,
)
from nummer.apps.invoices.errors import (
    AddresseeRefused,
    NoSuchTaxNumber,
    OnlyForCompanies,
    TaxNumberRefused,
)
from nummer.apps.invoices.models import Addressee, Document, Evidence, Line, TaxNumber
from nummer.apps.invoices.page import words_of
from nummer.apps.invoices.ports import ReverseCharge
from nummer.apps.invoices.queries import (
    addressee,
    audit_lines,
    doubts,
    tax_number,
    unchecked_tax_numbers,
)
from nummer.apps.invoices.sealing import unseal_json
from nummer.apps.orders import queries as orders
from nummer.kernel.phone import PhoneNumber
from tests import builders
from tests.apps.invoices.world import AFTER, MONTH, sell, write_all

NOW = builders.NOW
GERMAN = "DE 136 695 976"


@pytest.fixture
def _german_stock(shop: None) -> None:
    builders.numbers(["+4759440011", "+4759440012", "+4759440013"])


def company(country: str = "DE", *, locale: str = "en") -> int:
    return builders.customer(country=country, kind="company", locale=locale)


def taxes(account_id: int) -> tuple[int, str]:
    """Place an order and return its rate and its tax."""
    placed = builders.order(account_id, now=NOW + timedelta(minutes=1))
    row = orders.order(account_id, order_id=placed.order_id)
    return row.tax_rate_bp, row.tax.decimal_text()


@pytest.mark.usefixtures("_german_stock")
def test_a_company_of_another_country_buys_untaxed_from_its_number_on() -> None:
    who = company()
    assert taxes(who)[0] == 1900

    row = give_tax_number(who, number=GERMAN, now=NOW)

    assert (row.number, row.checked_at) == ("DE136695976", None)
    assert taxes(who) == (0, "0.00")
    withdraw_tax_number(who, now=NOW)
    assert taxes(who)[0] == 1900


@pytest.mark.usefixtures("_german_stock")
def test_a_company_of_the_operators_own_country_is_taxed() -> None:
    who = company("NO")
    give_tax_number(who, number="NO 995 525 828 MVA", now=NOW)

    assert taxes(who)[0] == 2500


@pytest.mark.usefixtures("_german_stock")
@pytest.mark.parametrize(
    ("rule", "checked", "rate"),
    [
        pytest.param(ReverseCharge.NEVER, True, 1900, id="never: no number counts"),
        pytest.param(ReverseCharge.CHECKED, False, 1900, id="checked: an unchecked one does not"),
        pytest.param(ReverseCharge.CHECKED, True, 0, id="checked: a checked one counts"),
        pytest.param(ReverseCharge.FORM, False, 0, id="form: check digits suffice"),
    ],
)
def test_the_operator_says_which_numbers_count(
    monkeypatch: pytest.MonkeyPatch, rule: ReverseCharge, rate: int, *, checked: bool
) -> None:
    monkeypatch.setattr(ports, "_installed", [rule])
    who = company()
    give_tax_number(who, number=GERMAN, now=NOW)
    if checked:
        confirm_tax_number(who, actor="staff:1", now=NOW)

    assert taxes(who)[0] == rate


@pytest.mark.usefixtures("_german_stock")
def test_a_number_counts_at_the_next_order_of_a_process_that_sold_before() -> None:
    who = company()
    rates = [taxes(who)[0]]
    give_tax_number(who, number=GERMAN, now=NOW)
    rates.append(taxes(who)[0])
    withdraw_tax_number(who, now=NOW)
    rates.append(taxes(who)[0])

    assert rates == [1900, 0, 1900]


@pytest.mark.usefixtures("texts")
def test_an_invoice_says_why_there_is_no_tax() -> None:
    who = company(locale="de")
    sell(who, tax="0.19", net="1.00", rate_bp=1900, at=NOW - timedelta(hours=1))
    give_tax_number(who, number=GERMAN, now=NOW)
    sell(who, tax="0", net="1.00", rate_bp=0, at=NOW + timedelta(hours=1))

    write_all()

    treatments = Line.objects.filter(account_id=who).order_by("place")
    assert sorted(line.treatment for line in treatments) == ["reverse_charge", "taxed"]
    words = words_of(_content(who))
    assert "Steuerschuldnerschaft des Leistungsempfängers (Reverse Charge)." in words["notes"]
    assert "DE136695976" in " ".join(words["buyer"])
    assert words["sums"][1][1] == "0,19\N{NO-BREAK SPACE}€"


@pytest.mark.usefixtures("texts")
def test_a_country_without_a_rate_is_outside() -> None:
    who = builders.customer(country="US")
    sell(who, tax="0", net="1.00", rate_bp=0)

    write_all()

    assert Line.objects.get(account_id=who).treatment == "outside"
    assert [line for line in audit_lines(now=AFTER) if line[1]] == []


def _content(who: int) -> dict[str, object]:
    row = Document.objects.get(account_id=who)
    found: dict[str, object] = unseal_json(
        row.content, account_id=who, place="document.content", row=row.id
    )
    return found


@pytest.mark.usefixtures("texts")
def test_a_person_has_no_tax_number() -> None:
    who = builders.customer(country="DE")

    with pytest.raises(OnlyForCompanies):
        give_tax_number(who, number=GERMAN, now=NOW)


@pytest.mark.usefixtures("texts")
def test_a_number_that_cannot_be_is_refused_and_changes_nothing() -> None:
    who = company()
    give_tax_number(who, number=GERMAN, now=NOW)

    with pytest.raises(TaxNumberRefused):
        give_tax_number(who, number="DE 136 695 977", now=NOW)

    found = tax_number(who)
    assert found is not None
    assert found.number == "DE136695976"


@pytest.mark.usefixtures("texts")
def test_a_number_is_sealed_and_noted_once() -> None:
    who = company()
    first = give_tax_number(who, number=GERMAN, now=NOW)
    again = give_tax_number(who, number="136695976", now=NOW + timedelta(days=1))

    assert again == first
    assert b"136695976" not in bytes(TaxNumber.objects.get(account_id=who).number)


@pytest.mark.usefixtures("texts")
def test_the_staff_look_a_number_up_once() -> None:
    who = company()
    row = give_tax_number(who, number=GERMAN, now=NOW)
    assert unchecked_tax_numbers()[0] == row

    confirm_tax_number(who, actor="staff:1", now=NOW)
    confirm_tax_number(who, actor="staff:1", now=NOW + timedelta(days=1))

    found = tax_number(who)
    assert found is not None
    assert found.checked_at == NOW
    assert unchecked_tax_numbers() == []
    withdraw_tax_number(who, now=NOW)
    with pytest.raises(NoSuchTaxNumber):
        confirm_tax_number(who, actor="staff:1", now=NOW)


@pytest.mark.usefixtures("texts")
def test_documents_name_whom_the_customer_wrote_last() -> None:
    who = builders.customer()
    name_addressee(who, name="Ola Nordmann", address="Gata 1\n\n 0001 Oslo ", now=NOW)
    sell(who)
    write_all()
    name_addressee(who, name="Kari Nordmann", address="", now=AFTER)

    assert _content(who)["buyer"] == {
        "account": who,
        "kind": "person",
        "country": "NO",
        "name": "Ola Nordmann",
        "address": ["Gata 1", "0001 Oslo"],
        "tax_number": "",
    }
    found = addressee(who)
    assert found is not None
    assert found.name == "Kari Nordmann"


@pytest.mark.usefixtures("texts")
@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("a" * 101, ""),
        ("Ola", "\n".join(["x"] * 7)),
        ("Ola", "x" * 81),
        ("Ola\N{RIGHT-TO-LEFT OVERRIDE}", ""),
        ("Ola\x00", ""),
    ],
)
def test_an_address_that_nobody_writes_is_refused(name: str, address: str) -> None:
    who = builders.customer()

    with pytest.raises(AddresseeRefused):
        name_addressee(who, name=name, address=address, now=NOW)
    assert not Addressee.objects.exists()


@pytest.mark.usefixtures("texts")
def test_the_same_name_again_writes_nothing() -> None:
    who = builders.customer()
    name_addressee(who, name="", address=" \n", now=NOW)
    assert not Addressee.objects.exists()
    for _ in range(2):
        name_addressee(who, name="Ola", address="", now=NOW)

    assert Addressee.objects.count() == 1


@pytest.mark.usefixtures("texts")
def test_each_document_stands_on_the_evidence_of_its_day() -> None:
    who = builders.customer()  # with a British phone of the range for fiction
    number = PhoneNumber("+4792000001")
    sell(who)
    write_all()
    assert [(row.account_id, row.country, len(row.used)) for row in doubts()] == [(who, "NO", 1)]
    builders.accounts.set_phone(who, number=number, confirmed=True, now=AFTER)
    sell(who, at=AFTER)
    write_all(MONTH.next, now=AFTER + timedelta(days=31))

    notes = list(Evidence.objects.filter(account_id=who).order_by("id"))
    assert [note.confirmed for note in notes] == [False, True]
    named = Document.objects.filter(account_id=who).order_by("id")
    assert [row.evidence_id for row in named] == [note.id for note in notes]
    used = unseal_json(notes[1].pieces, account_id=who, place="evidence.pieces", row=notes[1].id)[
        "used"
    ]
    assert [(piece["kind"], piece["country"]) for piece in used] == [
        ("declared", "NO"),
        ("phone", "NO"),
    ]
    assert doubts() == []


@pytest.mark.usefixtures("texts")
def test_a_companys_number_is_evidence() -> None:
    who = company()
    give_tax_number(who, number=GERMAN, now=NOW)

    note = Evidence.objects.get(account_id=who)
    assert note.confirmed
    assert b"tax_number" not in bytes(note.pieces)
    assert "136695976" not in json.dumps(
        unseal_json(note.pieces, account_id=who, place="evidence.pieces", row=note.id)
    )


@pytest.mark.usefixtures("texts")
def test_persons_are_asked_nothing_for_their_tax(
    django_assert_num_queries: pytest.FixtureRequest,
) -> None:
    who = accounts.account(builders.customer())

    with django_assert_num_queries(0):  # type: ignore[operator]
        assert accounts.tax_country(who) == "NO"
