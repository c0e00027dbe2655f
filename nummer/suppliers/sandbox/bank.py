"""The bank of the sandbox: takes transfers, and writes real statements (camt.053) of them.

Its memory is one SQLite file. Every end of a day makes one statement for each account that moved,
with the payer's name and account number as a bank writes them, so that the shop can show that it
keeps neither.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from nummer.kernel.money import Money
from nummer.kernel.operator import BankAccount

FILE: Final = "bank.sqlite"
BUSY_S: Final = 10.0
NAMESPACE: Final = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
PAYER: Final = "Kari Nordmann"
PAYERS_IBAN: Final = "NO8330001234567"

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS entry (
  place INTEGER PRIMARY KEY AUTOINCREMENT, bank TEXT NOT NULL, currency TEXT NOT NULL,
  micro INTEGER NOT NULL, reversal INTEGER NOT NULL, reference TEXT NOT NULL, day TEXT NOT NULL,
  statement INTEGER);
CREATE TABLE IF NOT EXISTS statement (
  number INTEGER PRIMARY KEY AUTOINCREMENT, currency TEXT NOT NULL, body BLOB NOT NULL);
"""


class Kind(StrEnum):
    """What happens at the bank."""

    PAY = "pay"  # a customer's transfer comes
    SEND = "send"  # the operator's transfer goes
    RECALL = "recall"  # the bank takes a customer's transfer back
    BOUNCE = "bounce"  # the operator's transfer comes back


@dataclass(frozen=True, slots=True)
class Booked:
    """A movement on an account of the operator; `amount` is negative where it went."""

    bank: str
    amount: Money
    reversal: bool
    reference: str
    day: date


@dataclass(frozen=True, slots=True)
class StatementFile:
    """A statement that the bank has made."""

    number: int
    currency: str
    body: bytes

    @property
    def name(self) -> str:
        """Return what the bank calls the file."""
        return f"camt053-{self.currency}-{self.number:05d}.xml"


class SandboxBank:
    """The bank; `accounts` are the operator's own."""

    def __init__(self, folder: Path, accounts: Sequence[BankAccount]) -> None:
        self._path = folder / FILE
        self._accounts = {account.currency: account for account in accounts}

    @property
    def currencies(self) -> list[str]:
        """Return in what the operator has accounts."""
        return list(self._accounts)

    def book(self, amount: Money, *, kind: Kind, reference: str, now: datetime) -> str:
        """Move money and return how the bank calls the movement."""
        assert amount.micro > 0, "the kind says which way it goes"
        bank = f"SB{secrets.token_hex(6).upper()}"
        came = kind in (Kind.PAY, Kind.BOUNCE)
        with self._open() as link:
            link.execute(
                "INSERT INTO entry (bank, currency, micro, reversal, reference, day)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (
                    bank,
                    amount.currency,
                    amount.micro if came else -amount.micro,
                    kind in (Kind.RECALL, Kind.BOUNCE),
                    reference,
                    now.date().isoformat(),
                ),
            )
        return bank

    def end_day(self, *, now: datetime) -> list[StatementFile]:
        """Make a statement for each account that moved since its last one."""
        with self._open() as link:
            return [
                made
                for currency in self._accounts
                if (made := self._make(link, currency, now)) is not None
            ]

    def latest(self, *, limit: int = 20) -> list[Booked]:
        """Return what moved, latest first."""
        with self._open() as link:
            rows = link.execute(
                "SELECT bank, currency, micro, reversal, reference, day FROM entry"
                " ORDER BY place DESC LIMIT ?",
                (limit,),
            )
            return [_booked(row) for row in rows]

    def statements(self, *, limit: int = 20) -> list[StatementFile]:
        """Return the statements that were made, latest first."""
        with self._open() as link:
            rows = link.execute(
                "SELECT number, currency, body FROM statement ORDER BY number DESC LIMIT ?",
                (limit,),
            )
            return [StatementFile(*row) for row in rows]

    def statement(self, number: int) -> StatementFile | None:
        """Return one statement."""
        with self._open() as link:
            row = link.execute(
                "SELECT number, currency, body FROM statement WHERE number = ?", (number,)
            ).fetchone()
        return None if row is None else StatementFile(*row)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(self._path, timeout=BUSY_S, isolation_level=None)) as link:
            link.executescript(_TABLES)
            link.execute("BEGIN IMMEDIATE")
            try:
                yield link
            except BaseException:
                link.execute("ROLLBACK")
                raise
            link.execute("COMMIT")

    def _make(self, link: sqlite3.Connection, currency: str, now: datetime) -> StatementFile | None:
        rows = link.execute(
            "SELECT bank, currency, micro, reversal, reference, day FROM entry"
            " WHERE currency = ? AND statement IS NULL ORDER BY place",
            (currency,),
        ).fetchall()
        if not rows:
            return None
        (opening,) = link.execute(
            "SELECT coalesce(sum(micro), 0) FROM entry WHERE currency = ? AND statement > 0",
            (currency,),
        ).fetchone()
        number = link.execute(
            "INSERT INTO statement (currency, body) VALUES (?, x'') RETURNING number", (currency,)
        ).fetchone()[0]
        body = statement_xml(
            self._accounts[currency],
            [_booked(row) for row in rows],
            number=number,
            opening=Money(opening, currency),
            now=now,
        )
        link.execute("UPDATE statement SET body = ? WHERE number = ?", (body, number))
        link.execute(
            "UPDATE entry SET statement = ? WHERE currency = ? AND statement IS NULL",
            (number, currency),
        )
        return StatementFile(number, currency, body)


def statement_xml(
    account: BankAccount,
    booked: Sequence[Booked],
    *,
    number: int,
    opening: Money,
    now: datetime,
) -> bytes:
    """Return a statement in the form camt.053.001.08."""
    document = Element("Document", xmlns=NAMESPACE)
    message = SubElement(document, "BkToCstmrStmt")
    header = SubElement(message, "GrpHdr")
    _put(header, "MsgId", f"SANDBOX-{number}")
    _put(header, "CreDtTm", now.isoformat(timespec="seconds"))
    statement = SubElement(message, "Stmt")
    _put(statement, "Id", f"SANDBOX-{account.currency}-{number}")
    _put(statement, "CreDtTm", now.isoformat(timespec="seconds"))
    holder = SubElement(statement, "Acct")
    _put(holder, "Id/IBAN", account.iban)
    _put(holder, "Ccy", account.currency)
    _put(holder, "Ownr/Nm", account.beneficiary)
    closing = opening
    for each in booked:
        closing += each.amount
    for kind, amount in (("OPBD", opening), ("CLBD", closing)):
        _balance(statement, kind, amount, now.date())
    for each in booked:
        _entry(statement, each)
    indent(document)
    body: bytes = tostring(document, encoding="UTF-8", xml_declaration=True)
    return body


def _balance(statement: Element, kind: str, amount: Money, day: date) -> None:
    balance = SubElement(statement, "Bal")
    _put(balance, "Tp/CdOrPrtry/Cd", kind)
    _amount(balance, amount)
    _put(balance, "Dt/Dt", day.isoformat())


def _entry(statement: Element, booked: Booked) -> None:
    entry = SubElement(statement, "Ntry")
    _amount(entry, booked.amount)
    if booked.reversal:
        _put(entry, "RvslInd", "true")
    _put(entry, "Sts/Cd", "BOOK")
    _put(entry, "BookgDt/Dt", booked.day.isoformat())
    _put(entry, "ValDt/Dt", booked.day.isoformat())
    _put(entry, "AcctSvcrRef", booked.bank)
    details = SubElement(SubElement(entry, "NtryDtls"), "TxDtls")
    _put(details, "Refs/EndToEndId", "NOTPROVIDED")
    if booked.amount.micro > 0:
        parties = SubElement(details, "RltdPties")
        _put(parties, "Dbtr/Pty/Nm", PAYER)
        _put(parties, "DbtrAcct/Id/IBAN", PAYERS_IBAN)
    if booked.reference:
        _put(details, "RmtInf/Strd/CdtrRefInf/Ref", booked.reference)


def _amount(parent: Element, amount: Money) -> None:
    size = Money(abs(amount.micro), amount.currency)
    SubElement(parent, "Amt", Ccy=amount.currency).text = size.decimal_text()
    _put(parent, "CdtDbtInd", "CRDT" if amount.micro >= 0 else "DBIT")


def _put(parent: Element, path: str, text: str) -> None:
    for name in path.split("/"):
        parent = SubElement(parent, name)
    parent.text = text


def _booked(row: tuple[str, str, int, int, str, str]) -> Booked:
    bank, currency, micro, reversal, reference, day = row
    return Booked(bank, Money(micro, currency), bool(reversal), reference, date.fromisoformat(day))
