"""Statements from strangers: DTD, twice, two payers, another currency, negative, two gigabytes."""

from __future__ import annotations

import io

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
from nummer.apps.payments.models import Notice
from nummer.kernel.errors import Refusal
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


@pytest.mark.parametrize(
    "inside",
    [
        b"<!--" + b"x" * 3_000_000 + b"-->",
        b"<a " + b" ".join(b'b%d=""' % at for at in range(300_000)) + b"/>",
        b"".join(b"<n%d/>" % at for at in range(50_000)),
        b"<?pi " + b"x" * 3_000_000 + b"?>",
    ],
    ids=["comment", "attributes", "names", "instruction"],
)
def test_what_would_fill_the_memory_is_refused(account_id: int, inside: bytes) -> None:
    text = statement(Paper("20.00")).replace(b"<GrpHdr>", inside + b"<GrpHdr>")

    refused_and_nothing_changed(text, StatementUnreadable)


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
