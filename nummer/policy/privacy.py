"""The words in which every app declares, column by column, what it keeps about people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Category(StrEnum):
    """What kind of datum about a person it is (named after fideslang's categories)."""

    CONTACT = "contact"  # how to reach the customer
    CREDENTIAL = "credential"  # what proves that it is the customer
    CONTENT = "content"  # what was said: messages, conversations
    COMMUNICATION = "communication"  # who was in contact with whom, and when
    PURCHASE = "purchase"  # what was ordered, paid and given back
    DEVICE = "device"  # IP addresses and agents
    AGREEMENT = "agreement"  # what was accepted, and in which words
    PROFILE = "profile"  # country, currency, language, kind of customer
    CONDUCT = "conduct"  # limits met, blocks and their reasons
    STAFF = "staff"  # what is known about those who work for the operator
    PAPERS = "papers"  # identity documents and proofs of address


class Purpose(StrEnum):
    """Why it is kept; each one stands in the published privacy notice."""

    SERVICE = "service"  # to perform what was ordered
    LOGIN = "login"  # to let the customer, and only him, into the account
    CONTACT = "contact"  # to tell the customer what concerns his account
    ACCOUNTING = "accounting"  # to keep books and compute tax
    EVIDENCE = "evidence"  # to show what was agreed and decided
    SAFETY = "safety"  # to keep abuse and fraud away
    LEGAL = "legal"  # to do what a law demands


class Basis(StrEnum):
    """The legal ground (GDPR, article 6, paragraph 1)."""

    CONSENT = "6(1)(a)"
    CONTRACT = "6(1)(b)"
    LAW = "6(1)(c)"
    INTEREST = "6(1)(f)"


class Keep(StrEnum):
    """From when and how long it is kept (PP-2.6: only as long as needed)."""

    ACCOUNT = "account"  # while the account lives
    DAYS_30 = "30 days"  # 30 days after the service ended
    MONTHS_12 = "12 months"  # 12 months after it was written
    YEARS_3 = "3 years"  # the time in which a contract can be disputed
    BOOKS = "books"  # as long as bookkeeping law of the operator's country demands
    SESSION = "session"  # until the session or the code ends
    ALWAYS = "always"  # without end, since it names nobody once the account is erased


# Where a time counts from a moment. The books: ten years, the longest that German law (HGB, section
# 257) or Norwegian law (bokføringsloven, section 13) asks for any of them.
LENGTHS: Final = MappingProxyType(
    {Keep.YEARS_3: timedelta(days=3 * 366), Keep.BOOKS: timedelta(days=10 * 366)}
)


class Copied(StrEnum):
    """What a copy for the customer (PP-7.2) holds of it."""

    PLAIN = "as it is"
    MASKED = "masked"  # a secret, or another person's datum: shown in part
    EXISTENCE = "that it exists"
    NO = "not"  # derived from data that the copy holds


class Erased(StrEnum):
    """What becomes of it when the customer is erased."""

    SHREDDED = "key destroyed"
    NULLED = "set to null"
    DELETED = "row deleted"
    KEPT = "kept without a person"  # the account id stays, nobody can be found by it
    LATER = "kept under its clock"  # a law or a dispute needs it; goes when `kept` ends


@dataclass(frozen=True, slots=True, kw_only=True)
class Personal:
    """A column about a person.

    `plain` says why it is not sealed; where it is empty, the column is a sealed field.
    """

    category: Category
    purpose: Purpose
    basis: Basis
    kept: Keep
    copied: Copied
    erased: Erased
    plain: str = ""


@dataclass(frozen=True, slots=True)
class NotPersonal:
    """A column that says nothing about a person, with the reason."""

    why: str

    def __post_init__(self) -> None:
        assert self.why, "a reason is given"


Inventory = dict[str, dict[str, Personal | NotPersonal]]
