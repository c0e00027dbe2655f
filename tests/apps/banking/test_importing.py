"""Statements of the bank: what is credited, what waits for a person, what is refused."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from django.db import connection

from nummer.apps.banking import actions, queries
from nummer.apps.banking.errors import (
    StatementDoesNotAddUp,
    StatementNotOurs,
    StatementTooLarge,
    StatementUnreadable,
    StatementUnsafe,
)
from nummer.apps.banking.models import Entry, Reason, Statement
from nummer.apps.ledger import queries as wallets
from nummer.apps.notify.models import Letter
from nummer.apps.payments import queries as payments
from nummer.apps.payments.models import Notice
from nummer.kernel.errors import Refusal
from nummer.protocols.bank.references import Way as Direction
from nummer.protocols.bank.references import creditor_reference
from tests import builders
from tests.apps.banking.conftest import NOW, STAFF, take, wish
from tests.apps.banking.paper import Paper, Part, file_of, statement
from tests.invariants.proofs import breaches

pytestmark = pytest.mark.django_db


def total(account_id: int) -> str:
    return wallets.balance(account_id).total.decimal_text()


def waiting() -> list[tuple[str, str]]:
    return [(row.reason, row.amount.decimal_text()) for row in queries.suspense()]


def refused_and_nothing_changed(text: bytes, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        actions.import_statements(file_of(text), actor=STAFF, now=NOW)
    assert not Entry.objects.exists()
    assert not Statement.objects.exists()
    assert not Notice.objects.exists()


@pytest.mark.parametrize("version", ["02", "08"])
def test_a_paid_reference_is_credited(account_id: int, version: str) -> None:
    top_up_id, word = wish(account_id)

    taken = take(Paper("20.00", word), version=version)

    assert taken.credited == 1
    assert total(account_id) == "20.00"
    assert payments.top_up(account_id, top_up_id=top_up_id).state == "paid"
    assert Letter.objects.filter(account_id=account_id, letter="top-up-received").count() == 1
    assert breaches() == []


def test_a_kid_is_credited_in_kroner(shop: None) -> None:
    account_id = builders.customer(balance="0.00", currency="NOK")
    _, word = wish(account_id, "200.00", "NOK")

    take(Paper("200.00", word, currency="NOK"), currency="NOK")

    assert word.isdecimal()
    assert total(account_id) == "200.00"


@pytest.mark.parametrize(
    "written", ["{word}", "til Nummer {spaced} takk", "{lower}", "/RFB/{word}"]
)
def test_a_reference_is_found_among_the_payers_words(account_id: int, written: str) -> None:
    _, word = wish(account_id)
    spaced = " ".join(word[at : at + 4] for at in range(0, len(word), 4))

    take(Paper("20.00", said=written.format(word=word, spaced=spaced, lower=word.lower())))

    assert total(account_id) == "20.00"


def test_money_that_comes_after_the_wish_was_closed_is_credited(account_id: int) -> None:
    from nummer.apps.payments.actions import abandon

    top_up_id, word = wish(account_id)
    abandon(account_id, top_up_id=top_up_id, now=NOW)

    take(Paper("20.00", word))

    assert total(account_id) == "20.00"


def test_a_batch_is_credited_part_by_part(account_id: int) -> None:
    other = builders.customer(balance="0.00")
    _, first = wish(account_id)
    _, second = wish(other, "5.00")
    parts = [Part("20.00", first), Part("5.00", second), Part("1.00")]

    taken = take(Paper("26.00", parts=parts))

    assert (taken.credited, taken.suspense) == (2, 1)
    assert (total(account_id), total(other)) == ("20.00", "5.00")
    assert waiting() == [(Reason.NO_REFERENCE, "1.00")]


def test_a_batch_whose_parts_do_not_sum_up_waits_as_one(account_id: int) -> None:
    _, word = wish(account_id)

    take(Paper("26.00", parts=[Part("20.00", word), Part("5.00")]))

    assert waiting() == [(Reason.BATCH, "26.00")]
    assert total(account_id) == "0.00"


@pytest.mark.parametrize(
    ("paper", "reason"),
    [
        (lambda word: Paper("20.00"), Reason.NO_REFERENCE),
        (lambda word: Paper("20.00", "4711"), Reason.UNKNOWN_REFERENCE),
        (lambda word: Paper("20.00", creditor_reference(9, way=Direction.IN)), "unknown_reference"),
        (lambda word: Paper("20.00", word[:-1] + str(9 - int(word[-1]))), "unknown_reference"),
        (lambda word: Paper("19.99", word), Reason.OTHER_SUM),
        (lambda word: Paper("20.01", word), Reason.OTHER_SUM),
        (lambda word: Paper("20.00", word, currency="USD"), Reason.OTHER_CURRENCY),
        (lambda word: Paper("20.00", word, reversal=True), Reason.CAME_BACK),
        (
            lambda word: Paper("20.00", said=f"{word} {creditor_reference(77, way=Direction.IN)}"),
            Reason.SEVERAL_REFERENCES,
        ),
    ],
)
def test_what_does_not_fit_waits_with_its_reason(
    account_id: int, paper: Callable[[str], Paper], reason: str
) -> None:
    _, word = wish(account_id)

    taken = take(paper(word))

    assert (taken.credited, taken.suspense) == (0, 1)
    assert [row.reason for row in queries.suspense()] == [reason]
    assert total(account_id) == "0.00"
    assert breaches() == []


def test_kroner_for_a_wish_in_euros_wait(account_id: int) -> None:
    _, word = wish(account_id)

    take(Paper("20.00", word, currency="NOK"), currency="NOK")

    assert waiting() == [(Reason.OTHER_CURRENCY, "20.00")]


def test_the_same_reference_from_two_payers_is_credited_once(account_id: int) -> None:
    _, word = wish(account_id)
    two = [Part("20.00", word), Part("20.00", word, name="Ola", iban="NO1786011117947")]

    take(Paper("40.00", parts=two))

    assert total(account_id) == "20.00"
    assert waiting() == [(Reason.PAID_BEFORE, "20.00")]
    assert breaches() == []


def test_a_second_payer_on_another_day_waits(account_id: int) -> None:
    _, word = wish(account_id)
    take(Paper("20.00", word))

    take(Paper("20.00", word, on="2026-11-22"), number="2026-222")

    assert total(account_id) == "20.00"
    assert waiting() == [(Reason.PAID_BEFORE, "20.00")]


def test_the_same_statement_twice_changes_nothing(account_id: int) -> None:
    _, word = wish(account_id)
    text = statement(Paper("20.00", word), Paper("3.00"))
    actions.import_statements(file_of(text), actor=STAFF, now=NOW)

    again = actions.import_statements(file_of(text), actor=STAFF, now=NOW)

    assert (again.known, again.credited, again.suspense) == (2, 0, 0)
    assert total(account_id) == "20.00"
    assert (Entry.objects.count(), Statement.objects.count()) == (2, 1)
    assert breaches() == []


def test_a_statement_that_was_made_anew_repeats_no_entry(account_id: int) -> None:
    _, word = wish(account_id)
    paper = Paper("20.00", word, bank="B-1", entry="1")
    take(paper)

    again = take(paper, number="2026-221-COPY", made="2026-11-23T05:00:00")

    assert again.known == 1
    assert Entry.objects.count() == 1


def test_without_the_banks_reference_the_place_in_the_statement_counts(account_id: int) -> None:
    text = statement(Paper("7.00", bank=""), Paper("7.00", bank=""))

    for _ in range(2):
        actions.import_statements(file_of(text), actor=STAFF, now=NOW)

    assert waiting() == [(Reason.NO_REFERENCE, "7.00")] * 2


def test_two_entries_that_the_bank_calls_alike_are_two(account_id: int) -> None:
    take(Paper("7.00", bank="SAME"), Paper("7.00", bank="SAME"))

    assert len(waiting()) == 2


def test_what_is_not_booked_yet_is_left(account_id: int) -> None:
    _, word = wish(account_id)

    take(Paper("20.00", word, status="PDNG"))

    assert not Entry.objects.exists()
    assert total(account_id) == "0.00"


def test_the_operators_own_payments_are_noted_and_wait_for_nobody(account_id: int) -> None:
    take(Paper("300.00", sign="DBIT"))

    assert waiting() == []
    assert [row.amount.decimal_text() for row in queries.unmatched_debits()] == ["-300.00"]


def test_nothing_of_the_payer_is_stored(account_id: int) -> None:
    _, word = wish(account_id)

    take(
        Paper("20.00", word, said="From Kari to Nummer"),
        Paper("9.00", said="Kari Nordmann NO8330001234567"),
        Paper("8.00", end_to_end="KARI-NORDMANN"),
    )

    kept = everything()
    for secret in ("Kari", "KARI", "NORDMANN", "NO83", "30001234567"):
        assert secret not in kept


def everything() -> str:
    """Return every row of every table that could have taken something of a statement."""
    rows = []
    with connection.cursor() as cursor:
        for table in (
            "banking_entry",
            "banking_statement",
            "banking_reference",
            "payments_notice",
            "payments_topup",
            "audit_line",
            "procrastinate_jobs",
        ):
            cursor.execute(f"SELECT t::text FROM {table} t")
            rows += [row[0] for row in cursor.fetchall()]
    return "\n".join(rows)


DTD = b'<!DOCTYPE Document [<!ENTITY a "b">]>'
BOMB = b'<!DOCTYPE Document [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
FILE = b'<!DOCTYPE Document [<!ENTITY f SYSTEM "file:///etc/passwd">]>'
NET = b'<!DOCTYPE Document SYSTEM "http://127.0.0.1:1/evil.dtd">'


@pytest.mark.parametrize("doctype", [DTD, BOMB, FILE, NET], ids=["dtd", "bomb", "file", "net"])
def test_a_document_type_or_entity_is_refused(account_id: int, doctype: bytes) -> None:
    _, word = wish(account_id)
    text = statement(Paper("20.00", word)).replace(b"<Document", doctype + b"<Document", 1)

    refused_and_nothing_changed(text, StatementUnsafe)

    assert total(account_id) == "0.00"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b">20.00</Amt>", b">-20.00</Amt>"),
        (b">20.00</Amt>", b">1e3</Amt>"),
        (b">20.00</Amt>", b">twenty</Amt>"),
        (b'Ccy="EUR"', b'Ccy="EVR"'),
        (b"CRDT", b"XXXX"),
        (b"2026-11-21", b"2026-13-41"),
        (b"camt.053", b"camt.054"),
        (b"<Id>2026-221</Id>", b""),
        (b"</Document>", b""),
        (b"</Ntry>", b"</Entry>"),
        (b"<Stmt>", b"<Stmt>" + b"<a>" * 50),
        (b"<NtryRef></NtryRef>", b"<NtryRef>" + b"9" * 5000 + b"</NtryRef>"),
        (b'encoding="UTF-8"', b'encoding="X-NONE"'),
    ],
)
def test_a_wrong_file_is_refused_whole(account_id: int, old: bytes, new: bytes) -> None:
    _, word = wish(account_id)
    text = statement(Paper("20.00", word))
    assert old in text

    refused_and_nothing_changed(text.replace(old, new), StatementUnreadable)


@pytest.mark.parametrize("text", [b"", b"\x00\xff", b"{}", b"<html></html>", b"PK\x03\x04zip"])
def test_another_file_is_refused(account_id: int, text: bytes) -> None:
    refused_and_nothing_changed(text, StatementUnreadable)


def test_a_negative_entry_beside_good_ones_takes_none(account_id: int) -> None:
    _, word = wish(account_id)
    text = statement(Paper("20.00", word), Paper("5.00")).replace(b">5.00<", b">-5.00<")

    refused_and_nothing_changed(text, StatementUnreadable)

    assert total(account_id) == "0.00"


def test_balances_that_do_not_fit_are_refused(account_id: int) -> None:
    _, word = wish(account_id)

    text = statement(Paper("20.00", word), closing="1020.01")

    refused_and_nothing_changed(text, StatementDoesNotAddUp)


def test_a_statement_of_a_strange_account_is_refused(account_id: int) -> None:
    _, word = wish(account_id)

    text = statement(Paper("20.00", word), iban="NO1786011117947")

    refused_and_nothing_changed(text, StatementNotOurs)


def test_our_account_in_another_currency_is_refused(account_id: int) -> None:
    refused_and_nothing_changed(
        statement(currency="USD", iban="DE89370400440532013000"), StatementNotOurs
    )


class Endless:
    """A file of two gigabytes that is made while it is read; it counts how much was."""

    def __init__(self, head: bytes, *, said: int) -> None:
        self._head, self._said = head, said
        self.at = self.given = 0

    def read(self, size: int, /) -> bytes:
        piece = self._head[self.at : self.at + size] or b" " * size
        self.at += len(piece)
        self.given += len(piece)
        return piece

    def seek(self, offset: int, whence: int, /) -> int:
        self.at = self._said if whence == io.SEEK_END else offset
        return self.at


HEAD = statement(Paper("1.00")).partition(b"</Stmt>")[0]


def test_two_gigabytes_are_refused_without_reading_them() -> None:
    file = Endless(HEAD, said=2 * 1024**3)

    with pytest.raises(StatementTooLarge):
        actions.import_statements(file, actor=STAFF, now=NOW)

    assert file.given == 0


def test_a_file_that_hides_its_size_is_refused_while_it_is_read() -> None:
    file = Endless(HEAD, said=1000)

    with pytest.raises(StatementTooLarge):
        actions.import_statements(file, actor=STAFF, now=NOW)

    assert file.given <= actions.STATEMENT_BYTES_MAX + 65_536
    assert not Entry.objects.exists()


def test_the_reader_holds_one_entry_at_a_time() -> None:
    import tracemalloc

    from nummer.protocols.bank.camt import read_statements

    papers = [Paper("1.00", said="x" * 100) for _ in range(3000)]
    text = statement(*papers)
    tracemalloc.start()
    count = sum(1 for _ in read_statements(file_of(text), bytes_max=len(text)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert count == 3002
    assert peak < len(text) / 2


def test_a_gap_between_two_statements_is_seen(account_id: int) -> None:
    take(Paper("5.00"), opening="100.00", number="1")
    take(Paper("5.00"), opening="105.00", number="2", made="2026-11-23")
    take(Paper("5.00"), opening="200.00", number="4", made="2026-11-25")

    assert [row.gap for row in queries.statements()] == [True, False, False]
