"""What a customer tells for his documents: whom they name, and a company's tax number."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db import IntegrityError, transaction

from nummer.apps.accounts import profiles
from nummer.apps.accounts import queries as accounts
from nummer.apps.accounts.profiles import Field
from nummer.apps.audit import actions as audit
from nummer.apps.invoices.details import Addressee, TaxNumberRow, number_row
from nummer.apps.invoices.details import addressee as last_addressee
from nummer.apps.invoices.errors import (
    AddresseeRefused,
    NoSuchTaxNumber,
    OnlyForCompanies,
    TaxNumberRefused,
)
from nummer.apps.invoices.evidence import note_evidence
from nummer.apps.invoices.models import Addressee as AddresseeTable
from nummer.apps.invoices.models import TaxNumber
from nummer.apps.invoices.sealing import seal
from nummer.kernel.ids import new_id
from nummer.policy.tax import read_tax_number

NAME_LENGTH_MAX: Final = 100
LINES_MAX: Final = 6
LINE_LENGTH_MAX: Final = 80


def name_addressee(account_id: int, *, name: str, address: str, now: datetime) -> None:
    """Keep whom the next documents name; the same again changes nothing, empty names nobody.

    Documents that are written stay as they are. Refuses: AddresseeRefused.
    """
    name = name.strip()
    lines = tuple(line.strip() for line in address.splitlines() if line.strip())
    _require_writable(name, lines)
    last = last_addressee(account_id)
    if (last.name, last.address) == (name, lines) if last else not (name or lines):
        return
    row = AddresseeTable(account_id=account_id, id=new_id(), given_at=now)
    row.name = seal(name, account_id=account_id, place="addressee.name", row=row.id)
    row.address = seal(
        "\n".join(lines), account_id=account_id, place="addressee.address", row=row.id
    )
    before = last or Addressee("", ())
    with transaction.atomic():
        row.save(force_insert=True)
        profiles.note(account_id, Field.NAME, before=before.name, after=name, now=now)
        profiles.note(
            account_id,
            Field.ADDRESS,
            before="\n".join(before.address),
            after="\n".join(lines),
            now=now,
        )


def _require_writable(name: str, lines: tuple[str, ...]) -> None:
    """Refuses: AddresseeRefused, also for signs that steer instead of being read."""
    fits = (
        len(name) <= NAME_LENGTH_MAX
        and len(lines) <= LINES_MAX
        and all(len(line) <= LINE_LENGTH_MAX for line in lines)
    )
    if not fits or not all(text.isprintable() for text in (name, *lines)):
        raise AddresseeRefused


def give_tax_number(account_id: int, *, number: str, now: datetime) -> TaxNumberRow:
    """Keep a company's tax number in the place of an earlier one; it counts for later sales.

    Its form and its check digits are right then; whether a register knows it nobody has asked.
    The number in use again changes nothing. Refuses: OnlyForCompanies, TaxNumberRefused.
    """
    customer = accounts.account(account_id)
    if customer.kind != "company":
        raise OnlyForCompanies
    try:
        read = read_tax_number(number, country=customer.country)
    except ValueError:
        raise TaxNumberRefused from None
    try:
        with transaction.atomic():
            return _keep(account_id, number=read, country=customer.country, now=now)
    except IntegrityError:  # another request gave one in this moment
        with transaction.atomic():
            return _keep(account_id, number=read, country=customer.country, now=now)


def _keep(account_id: int, *, number: str, country: str, now: datetime) -> TaxNumberRow:
    used, before = _locked(account_id), ""
    if used is not None:
        known = number_row(used)
        if known.number == number:
            return known
        before = known.number
        _end(used, now)
    row = TaxNumber(account_id=account_id, id=new_id(), country=country, given_at=now)
    row.number = seal(number, account_id=account_id, place="taxnumber.number", row=row.id)
    row.save(force_insert=True)
    note_evidence(account_id, now=now)
    profiles.note(account_id, Field.TAX_NUMBER, before=before, after=number, now=now)
    _tell(row, verb="tax_number_given", actor=f"customer:{account_id}", now=now)
    return number_row(row)


def withdraw_tax_number(account_id: int, *, now: datetime) -> None:
    """Take the tax number out of use: later sales are taxed again. Refuses: NoSuchTaxNumber."""
    with transaction.atomic():
        used = _locked(account_id)
        if used is None:
            raise NoSuchTaxNumber
        _end(used, now)
        note_evidence(account_id, now=now)
        before = number_row(used).number
        profiles.note(account_id, Field.TAX_NUMBER, before=before, after="", now=now)
        _tell(used, verb="tax_number_withdrawn", actor=f"customer:{account_id}", now=now)


def confirm_tax_number(account_id: int, *, actor: str, now: datetime) -> None:
    """Write down that the staff found the number in the register of its country.

    Repeating it changes nothing. Refuses: NoSuchTaxNumber. Locks: the number.
    """
    with transaction.atomic():
        used = _locked(account_id)
        if used is None:
            raise NoSuchTaxNumber
        if used.checked_at is None:
            used.checked_at = now
            used.save(update_fields=["checked_at"])
            _tell(used, verb="tax_number_checked", actor=actor, now=now)


def _locked(account_id: int) -> TaxNumber | None:
    return (
        TaxNumber.objects.select_for_update()
        .filter(account_id=account_id, withdrawn_at=None)
        .first()
    )


def _end(row: TaxNumber, now: datetime) -> None:
    row.withdrawn_at = now
    row.save(update_fields=["withdrawn_at"])


def _tell(row: TaxNumber, *, verb: str, actor: str, now: datetime) -> None:
    audit.record(
        actor=actor,
        verb=verb,
        place="invoices_taxnumber",
        row=str(row.id),
        account_id=row.account_id,
        fields=["number"],
        now=now,
    )
