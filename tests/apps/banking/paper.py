"""Statements as banks write them, in the old and in the present form."""

from __future__ import annotations

import io
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from xml.sax.saxutils import escape

IBANS = {"EUR": "DE89370400440532013000", "NOK": "NO9386011117947"}
_serial = itertools.count(1)


@dataclass(frozen=True)
class Part:
    """A transaction inside an entry."""

    amount: str
    reference: str = ""
    said: str = ""
    name: str = "Kari Nordmann"
    iban: str = "NO8330001234567"
    end_to_end: str = "NOTPROVIDED"


@dataclass(frozen=True)
class Paper:
    """An entry of a statement; a single one unless it has several parts."""

    amount: str
    reference: str = ""
    currency: str = "EUR"
    sign: str = "CRDT"
    reversal: bool = False
    status: str = "BOOK"
    bank: str | None = None
    entry: str = ""
    on: str = "2026-11-21"
    said: str = ""
    end_to_end: str = "NOTPROVIDED"
    parts: Sequence[Part] = field(default_factory=tuple)

    @property
    def called(self) -> str:
        return f"BANK{next(_serial):06d}" if self.bank is None else self.bank


def statement(
    *papers: Paper,
    currency: str = "EUR",
    number: str = "2026-221",
    iban: str = "",
    opening: str = "1000.00",
    closing: str | None = None,
    version: str = "08",
    made: str = "2026-11-22T05:00:00",
) -> bytes:
    """Return a statement whose balances fit its entries unless another closing one is given."""
    fixed = [replace(paper, bank=paper.called) for paper in papers]
    moved = sum(
        Decimal(paper.amount) * (1 if paper.sign == "CRDT" else -1)
        for paper in fixed
        if paper.status == "BOOK" and paper.currency == currency
    )
    ends = closing if closing is not None else str(Decimal(opening) + moved)
    balances = _balance("OPBD", opening, currency) + _balance("CLBD", ends, currency)
    entries = "".join(_entry(paper, version) for paper in fixed)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}">'
        "<BkToCstmrStmt><GrpHdr><MsgId>M1</MsgId></GrpHdr>"
        f"<Stmt><Id>{number}</Id><CreDtTm>{made}</CreDtTm><Acct><Id><IBAN>"
        f"{iban or IBANS[currency]}</IBAN></Id><Ccy>{currency}</Ccy><Nm>Nummer</Nm></Acct>"
        f"{balances}{entries}</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def file_of(text: bytes) -> io.BytesIO:
    return io.BytesIO(text)


def _balance(kind: str, amount: str, currency: str) -> str:
    sign = "DBIT" if amount.startswith("-") else "CRDT"
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp>"
        f'<Amt Ccy="{currency}">{amount.lstrip("-")}</Amt><CdtDbtInd>{sign}</CdtDbtInd>'
        "<Dt><Dt>2026-11-21</Dt></Dt></Bal>"
    )


def _entry(paper: Paper, version: str) -> str:
    status = paper.status if version == "02" else f"<Cd>{paper.status}</Cd>"
    parts = paper.parts or [
        Part(paper.amount, paper.reference, paper.said, end_to_end=paper.end_to_end)
    ]
    details = "".join(_part(part, paper, version) for part in parts)
    return (
        f"<Ntry><NtryRef>{paper.entry}</NtryRef>"
        f'<Amt Ccy="{paper.currency}">{paper.amount}</Amt><CdtDbtInd>{paper.sign}</CdtDbtInd>'
        f"<RvslInd>{'true' if paper.reversal else 'false'}</RvslInd><Sts>{status}</Sts>"
        f"<BookgDt><Dt>{paper.on}</Dt></BookgDt><ValDt><Dt>{paper.on}</Dt></ValDt>"
        f"<AcctSvcrRef>{paper.bank}</AcctSvcrRef><NtryDtls>{details}</NtryDtls></Ntry>"
    )


def _part(part: Part, paper: Paper, version: str) -> str:
    amount = f'<Amt Ccy="{paper.currency}">{part.amount}</Amt>'
    if version == "02":
        amount = f"<AmtDtls><TxAmt>{amount}</TxAmt></AmtDtls>"
    structured = (
        "<Strd><CdtrRefInf><Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry></Tp>"
        f"<Ref>{part.reference}</Ref></CdtrRefInf></Strd>"
        if part.reference
        else ""
    )
    said = f"<Ustrd>{escape(part.said)}</Ustrd>" if part.said else ""
    return (
        f"<TxDtls><Refs><EndToEndId>{part.end_to_end}</EndToEndId></Refs>{amount}"
        f"<RltdPties><Dbtr><Nm>{part.name}</Nm></Dbtr><DbtrAcct><Id><IBAN>{part.iban}"
        f"</IBAN></Id></DbtrAcct></RltdPties><RmtInf>{said}{structured}</RmtInf></TxDtls>"
    )
