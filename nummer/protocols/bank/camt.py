"""Reads bank statements (camt.053) as a stream: what is kept of one is one entry at a time.

ISO 20022 camt.053.001.02 to .13 agree in everything that is read here. A document type, and with
it every entity, ends the reading at once. Names and account numbers of payers are not read; texts
are read only to look for a reference, and no value of this module shows them when it is printed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final, Protocol
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from nummer.kernel.money import Money, known_currencies

CHUNK_BYTES: Final = 64 * 1024
DEPTH_MAX: Final = 40  # the schema needs some twenty
TEXT_MAX: Final = 1_000  # the longest text of the schema has 500 characters
TRANSACTIONS_MAX: Final = 20_000  # of one entry: the largest batch that a bank tells apart
TEXTS_MAX: Final = 20  # of one transaction
NAMES_MAX: Final = 2_000  # of elements and attributes; the schema has some six hundred
SILENT_BYTES_MAX: Final = 1_000_000  # of one mark: a tag with attributes, or a comment
_SPACE: Final = re.compile(
    r"\{urn:iso:std:iso:20022:tech:xsd:camt\.053\.001\.[0-9]{2}\}(.+)", re.ASCII
)
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


class Trouble(StrEnum):
    """Why a file is refused."""

    TOO_LARGE = "too_large"
    DOCTYPE = "doctype"  # a DTD or an entity
    NOT_XML = "not_xml"
    NOT_A_STATEMENT = "not_a_statement"  # XML of another form, or parts of it missing or wrong
    DOES_NOT_ADD_UP = "does_not_add_up"  # opening and entries do not give the closing balance


class StatementRefused(Exception):  # noqa: N818 -- an answer about a file, not an error of ours
    """The file is not read further; it holds nothing of what the file says."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.value)
        self.trouble = trouble


class Source(Protocol):
    """A file that is open for reading."""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` octets; none at the end."""


@dataclass(frozen=True, slots=True)
class Head:
    """What a statement says about itself; `account` is an IBAN or the bank's own number."""

    statement: str
    made: str
    account: str = field(repr=False)
    currency: str
    opening: Money | None
    closing: Money | None


@dataclass(frozen=True, slots=True)
class Line:
    """One movement; `place` is where it stands in its statement, such as 3.2.

    `amount` is never negative: `credit` says whether it came or went. `whole` is false for a batch
    whose parts do not sum up to it, which is then one line. `given` are references in the fields
    meant for them, `said` are texts of people.
    """

    place: str
    amount: Money
    credit: bool
    reversal: bool
    booked: bool
    booked_on: date
    entry_reference: str
    bank_reference: str
    transaction_reference: str
    whole: bool
    given: tuple[str, ...] = field(repr=False)
    said: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class End:
    """A statement is over: so many entries, and every sum that could be checked was right."""

    entries: int


Part = Head | Line | End


def read_statements(source: Source, *, bytes_max: int) -> Iterator[Part]:
    """Yield what a file holds: for each statement its head, its lines and its end.

    Raises StatementRefused, at the latest at the end: whoever acts on a file reads it to its end
    first. Never reads beyond `bytes_max` octets.
    """
    builder = _Builder()
    parser = DefusedXMLParser(target=builder, forbid_dtd=True)
    left, silent = bytes_max, 0
    try:
        while chunk := source.read(CHUNK_BYTES):
            left -= len(chunk)
            if left < 0:
                raise StatementRefused(Trouble.TOO_LARGE)
            heard = builder.heard
            parser.feed(chunk)
            silent = silent + len(chunk) if builder.heard == heard else 0
            if silent > SILENT_BYTES_MAX:
                raise StatementRefused(Trouble.NOT_A_STATEMENT)
            yield from builder.take()
        parser.close()
    except DefusedXmlException:
        raise StatementRefused(Trouble.DOCTYPE) from None
    except (ParseError, UnicodeError, LookupError):
        raise StatementRefused(Trouble.NOT_XML) from None
    yield from builder.take()
    if not builder.complete:
        raise StatementRefused(Trouble.NOT_A_STATEMENT)


# Leaves that are read, by their path below the statement, below an entry, below a transaction.
_OF_STATEMENT: Final = {
    "Id": "id",
    "CreDtTm": "made",
    "Acct/Id/IBAN": "account",
    "Acct/Id/Othr/Id": "account",
    "Acct/Ccy": "currency",
}
_OF_BALANCE: Final = {
    "Tp/CdOrPrtry/Cd": "kind",
    "Amt": "amount",
    "CdtDbtInd": "sign",
}
_OF_ENTRY: Final = {
    "NtryRef": "reference",
    "Amt": "amount",
    "CdtDbtInd": "sign",
    "RvslInd": "reversal",
    "Sts": "status",
    "Sts/Cd": "status",
    "BookgDt/Dt": "booked_on",
    "BookgDt/DtTm": "booked_on",
    "ValDt/Dt": "valued_on",
    "ValDt/DtTm": "valued_on",
    "AcctSvcrRef": "bank",
}
_OF_TRANSACTION: Final = {
    "Refs/AcctSvcrRef": "bank",
    "Refs/TxId": "transaction",
    "Amt": "amount",
    "AmtDtls/TxAmt/Amt": "amount_within",
    "CdtDbtInd": "sign",
}
_GIVEN: Final = frozenset({"RmtInf/Strd/CdtrRefInf/Ref"})
_SAID: Final = frozenset({"Refs/EndToEndId", "Refs/InstrId", "RmtInf/Ustrd", "AddtlTxInf"})
_STATEMENT: Final = ("Document", "BkToCstmrStmt", "Stmt")
_ENTRY: Final = "Ntry"
_DETAILS: Final = "NtryDtls"
_TRANSACTION: Final = "TxDtls"


@dataclass(slots=True)
class _Transaction:
    fields: dict[str, str] = field(default_factory=dict)
    given: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Entry:
    fields: dict[str, str] = field(default_factory=dict)
    transactions: list[_Transaction] = field(default_factory=list)


@dataclass(slots=True)
class _Statement:
    fields: dict[str, str] = field(default_factory=dict)
    balances: dict[str, Money] = field(default_factory=dict)
    balance: dict[str, str] = field(default_factory=dict)
    entry: _Entry | None = None
    head: Head | None = None
    entries: int = 0
    sum_micro: int = 0


class _Builder:
    """What the parser calls; holds one entry at most, and what was not fetched yet."""

    def __init__(self) -> None:
        self.complete = False
        self.heard = 0  # how often the parser has called
        self._names: set[str] = set()
        self._path: list[str] = []
        self._text: list[str] | None = None
        self._length = 0
        self._currency = ""
        self._statement: _Statement | None = None
        self._parts: list[Part] = []

    def take(self) -> list[Part]:
        """Return what was read since the last time."""
        parts, self._parts = self._parts, []
        return parts

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Enter an element."""
        self.heard += 1
        self._names.update((tag, *attributes))
        if len(self._names) > NAMES_MAX:
            raise StatementRefused(Trouble.NOT_A_STATEMENT)
        found = _SPACE.fullmatch(tag)
        self._path.append(found[1] if found else "?")
        depth = len(self._path)
        if depth > DEPTH_MAX or (depth <= 2 and self._path[-1] != _STATEMENT[depth - 1]):  # noqa: PLR2004 -- the two elements around all statements
            raise StatementRefused(Trouble.NOT_A_STATEMENT)
        if depth == len(_STATEMENT) and self._path[-1] == _STATEMENT[-1]:
            self._statement = _Statement()
        elif self._statement is not None:
            self._start_within(self._statement, attributes)

    def _start_within(self, statement: _Statement, attributes: dict[str, str]) -> None:
        path = self._path[len(_STATEMENT) :]
        self._text, self._length = [], 0
        if path[-1] == "Amt":
            self._currency = attributes.get("Ccy", "")
        if path == [_ENTRY]:
            self._open(statement)
            statement.entry = _Entry()
        elif path == ["Bal"]:
            statement.balance = {}
        elif path == [_ENTRY, _DETAILS, _TRANSACTION] and statement.entry is not None:
            if len(statement.entry.transactions) == TRANSACTIONS_MAX:
                raise StatementRefused(Trouble.NOT_A_STATEMENT)
            statement.entry.transactions.append(_Transaction())

    def data(self, text: str) -> None:
        """Take a piece of text; of one that is too long to be meant no more than that it is."""
        self.heard += 1
        if self._text is not None and self._length <= TEXT_MAX:
            self._text.append(text[: TEXT_MAX + 1])
            self._length += len(text)

    def end(self, tag: str) -> None:
        """Leave an element."""
        del tag
        self.heard += 1
        if self._statement is not None:
            self._end_within(self._statement)
        self._path.pop()
        self._text = None

    def close(self) -> None:
        """End the document."""

    def _end_within(self, statement: _Statement) -> None:
        path = self._path[len(_STATEMENT) :]
        if not path:
            self._end_statement(statement)
            return
        text = "".join(self._text or []).strip()
        match path:
            case ["Bal"]:
                _end_balance(statement)
            case ["Bal", *leaf]:
                _note(statement.balance, _OF_BALANCE, leaf, text, currency=self._currency)
            case ["Ntry"]:
                self._end_entry(statement)
            case ["Ntry", "NtryDtls", "TxDtls", *leaf] if leaf and statement.entry is not None:
                _note_of_transaction(statement.entry.transactions[-1], leaf, text, self._currency)
            case ["Ntry", *leaf] if statement.entry is not None:
                _note(statement.entry.fields, _OF_ENTRY, leaf, text, currency=self._currency)
            case _:
                if statement.head is None:
                    _note(statement.fields, _OF_STATEMENT, path, text, currency="")

    def _open(self, statement: _Statement) -> None:
        """Give out the head: everything that it needs stands before the first entry."""
        if statement.head is None:
            statement.head = _head(statement)
            self._parts.append(statement.head)

    def _end_entry(self, statement: _Statement) -> None:
        assert statement.entry is not None, "an entry that ends has begun"
        assert statement.head is not None, "the head comes before the first entry"
        statement.entries += 1
        lines = _lines(statement.entry, place=statement.entries)
        statement.sum_micro += sum(
            line.amount.micro if line.credit else -line.amount.micro
            for line in lines
            if line.booked and line.amount.currency == statement.head.currency
        )
        self._parts.extend(lines)
        statement.entry = None

    def _end_statement(self, statement: _Statement) -> None:
        self._open(statement)
        head = statement.head
        assert head is not None, "it was opened"
        if (
            head.opening is not None
            and head.closing is not None
            and head.opening.micro + statement.sum_micro != head.closing.micro
        ):
            raise StatementRefused(Trouble.DOES_NOT_ADD_UP)
        self._parts.append(End(statement.entries))
        self._statement = None
        self.complete = True


def _note(
    fields: dict[str, str], known: dict[str, str], leaf: list[str], text: str, *, currency: str
) -> None:
    name = known.get("/".join(leaf))
    if name is None or not text:
        return
    if len(text) > TEXT_MAX:
        raise StatementRefused(Trouble.NOT_A_STATEMENT)
    fields[name] = f"{text} {currency}" if leaf[-1] == "Amt" else text


def _note_of_transaction(
    transaction: _Transaction, leaf: list[str], text: str, currency: str
) -> None:
    path = "/".join(leaf)
    for kept, paths in ((transaction.given, _GIVEN), (transaction.said, _SAID)):
        if path in paths and text and len(kept) < TEXTS_MAX:
            kept.append(text[:TEXT_MAX])
    _note(transaction.fields, _OF_TRANSACTION, leaf, text, currency=currency)


def _end_balance(statement: _Statement) -> None:
    said = statement.balance
    kind = said.get("kind", "")
    if kind in ("OPBD", "PRCD", "CLBD"):
        amount = _amount(said.get("amount", ""))
        statement.balances[kind] = amount if _is_credit(said.get("sign", "")) else -amount


def _head(statement: _Statement) -> Head:
    said = statement.fields
    opening = statement.balances.get("OPBD", statement.balances.get("PRCD"))
    closing = statement.balances.get("CLBD")
    currency = said.get("currency") or (closing.currency if closing else "")
    if not said.get("id") or not said.get("account") or currency not in known_currencies():
        raise StatementRefused(Trouble.NOT_A_STATEMENT)
    if any(each is not None and each.currency != currency for each in (opening, closing)):
        raise StatementRefused(Trouble.NOT_A_STATEMENT)
    return Head(
        statement=said["id"][:35],
        made=said.get("made", "")[:40],
        account=said["account"].replace(" ", ""),
        currency=currency,
        opening=opening,
        closing=closing,
    )


def _lines(entry: _Entry, *, place: int) -> list[Line]:
    """Return the movements of an entry: its transactions, or itself where they do not fit."""
    said = entry.fields
    amount, credit = _amount(said.get("amount", "")), _is_credit(said.get("sign", ""))
    found = entry.transactions
    parts: list[tuple[_Transaction, Money, bool]] = []
    if len(found) == 1:  # whose amount may stand in the payer's currency
        parts = [(found[0], amount, credit)]
    elif found:
        parts = _parts(found, amount, credit=credit)
    whole = bool(parts) or not found
    if not parts:
        parts = [(_Transaction(), amount, credit)]
    return [
        Line(
            place=f"{place}.{number}",
            amount=part_amount,
            credit=part_credit,
            reversal=said.get("reversal", "false").lower() in ("true", "1"),
            booked=said.get("status", "") == "BOOK",
            booked_on=_day(said.get("booked_on") or said.get("valued_on") or ""),
            entry_reference=said.get("reference", "")[:35],
            bank_reference=said.get("bank", "")[:35],
            transaction_reference=(part.fields.get("bank") or part.fields.get("transaction") or "")[
                :35
            ],
            whole=whole,
            given=tuple(part.given),
            said=tuple(part.said),
        )
        for number, (part, part_amount, part_credit) in enumerate(parts, start=1)
    ]


def _parts(
    found: list[_Transaction], amount: Money, *, credit: bool
) -> list[tuple[_Transaction, Money, bool]]:
    """Return a batch's transactions with their sums; none where they do not give the entry's."""
    parts = []
    total = 0
    for part in found:
        written = part.fields.get("amount") or part.fields.get("amount_within")
        if written is None:
            return []
        own = _amount(written)
        own_credit = _is_credit(part.fields["sign"]) if "sign" in part.fields else credit
        if own.currency != amount.currency:
            return []
        total += own.micro if own_credit == credit else -own.micro
        parts.append((part, own, own_credit))
    return parts if total == amount.micro else []


def _amount(written: str) -> Money:
    """Read `12.50 EUR`; the sign is never in the number."""
    number, _, currency = written.partition(" ")
    if currency not in known_currencies():
        raise StatementRefused(Trouble.NOT_A_STATEMENT)
    try:
        return Money.parse(number, currency)
    except ValueError:
        raise StatementRefused(Trouble.NOT_A_STATEMENT) from None


def _is_credit(sign: str) -> bool:
    if sign not in ("CRDT", "DBIT"):
        raise StatementRefused(Trouble.NOT_A_STATEMENT)
    return sign == "CRDT"


def _day(written: str) -> date:
    found = _DATE.match(written)
    try:
        return date.fromisoformat(found[0] if found else "")
    except ValueError:
        raise StatementRefused(Trouble.NOT_A_STATEMENT) from None
