"""Who runs this installation: the facts that pages, documents, invoices and mails name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from enum import StrEnum
from zoneinfo import ZoneInfo

from babel.core import Locale
from babel.dates import format_time, get_day_names, get_timezone_name

from nummer.kernel.phone import PhoneNumber


class Watch(StrEnum):
    """What a supervisory body watches over."""

    DATA_PROTECTION = "data-protection"
    TELECOMMUNICATIONS = "telecommunications"
    CONSUMERS = "consumers"


@dataclass(frozen=True, slots=True)
class Company:
    """A company: address without its country, one line each; `country` is ISO 3166."""

    name: str
    address: tuple[str, ...]
    country: str
    register_number: str

    def address_lines(self, language: str) -> list[str]:
        """Return the address as an envelope has it, with the country in a language."""
        return [*self.address, str(Locale.parse(language).territories[self.country])]

    def address_line(self, language: str) -> str:
        """Return the address on one line."""
        return ", ".join(self.address_lines(language))


@dataclass(frozen=True, slots=True)
class Opening:
    """Days of the week (Monday is 0) on which the phone is answered, and from when to when."""

    first_day: int
    last_day: int
    opens: time
    closes: time

    def said(self, language: str) -> str:
        """Return it as people write it: Monday to Friday, from when to when."""
        dash = "\N{EN DASH}"
        names = get_day_names("wide", "stand-alone", locale=language)
        days = names[self.first_day]
        if self.last_day != self.first_day:
            days = f"{days}{dash}{names[self.last_day]}"
        hours = (format_time(at, "HH:mm", locale=language) for at in (self.opens, self.closes))
        return f"{days} {dash.join(hours)}"


@dataclass(frozen=True, slots=True)
class Body:
    """A public body outside that a customer may turn to."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Supervisor:
    """A body that supervises the operator, and in what."""

    watch: Watch
    body: Body


@dataclass(frozen=True, slots=True)
class BankAccount:
    """An account of the operator at a bank, to which customers transfer money in one currency.

    `kid` is the check digit that the agreement with the bank asks of a Norwegian KID, '' where
    payers give an RF reference.
    """

    currency: str
    beneficiary: str
    bank: str
    iban: str
    bic: str
    kid: str

    @property
    def national_number(self) -> str:
        """Return the number as Norwegians write it, '' for an account elsewhere."""
        if not self.iban.startswith("NO"):
            return ""
        number = self.iban[4:]
        return f"{number[:4]} {number[4:6]} {number[6:]}"


@dataclass(frozen=True, slots=True)
class Operator:
    """The company behind this installation, its group, its doors and who watches it."""

    brand: str
    company: Company
    seat: str
    represented_by: str
    register: str
    tax_number: str
    group: tuple[Company, ...]
    phone: PhoneNumber
    mailbox: str
    hours: tuple[Opening, ...]
    zone: ZoneInfo
    supervision: tuple[Supervisor, ...]
    disputes: tuple[Body, ...]
    accounts: tuple[BankAccount, ...] = ()

    @property
    def name(self) -> str:
        """The company's name."""
        return self.company.name

    @property
    def country(self) -> str:
        """Where the company has its seat (ISO 3166)."""
        return self.company.country

    @property
    def register_number(self) -> str:
        """The company's number in its register."""
        return self.company.register_number

    def hours_said(self, language: str) -> str:
        """Return when the phone is answered, in a language, with the time zone's name."""
        zone = get_timezone_name(self.zone, locale=language)
        return f"{'; '.join(one.said(language) for one in self.hours)} ({zone})"

    def watching(self, watch: Watch) -> list[Body]:
        """Return the bodies that watch over one thing."""
        return [one.body for one in self.supervision if one.watch == watch]

    def account_in(self, currency: str) -> BankAccount | None:
        """Return the bank account for a currency, None where there is none."""
        return next((one for one in self.accounts if one.currency == currency), None)

    def blanks(self, language: str) -> Mapping[str, str]:
        """Return what the blanks of a document are filled with, by their names."""
        group = [f"{one.name}, {one.address_line(language)}" for one in self.group]
        return {
            "operator_brand": self.brand,
            "operator_name": self.name,
            "operator_address": self.company.address_line(language),
            "operator_seat": self.seat,
            "operator_email": self.mailbox,
            "operator_phone": self.phone.international(),
            "operator_hours": self.hours_said(language),
            "operator_register": self.register,
            "operator_register_number": self.register_number,
            "operator_tax_number": self.tax_number,
            "operator_group": "; ".join(group) or self.name,
            "operator_data_protection": _named(self.watching(Watch.DATA_PROTECTION)),
            "operator_supervision": _named([one.body for one in self.supervision]),
            "operator_disputes": _named(list(self.disputes)),
        }


def _named(bodies: list[Body]) -> str:
    return "; ".join(f"{body.name} ({body.url})" for body in bodies)
