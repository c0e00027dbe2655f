"""What a customer says of himself, and the history of it that he sees (PP-4.1a, LD-D1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Final
from uuid import UUID
from zoneinfo import available_timezones

from django.db import transaction
from django.db.models import QuerySet
from stdnum.exceptions import ValidationError as NotANumber
from stdnum.no import orgnr

from nummer.apps.accounts.errors import NotACompany, OrganisationNumberRefused, TimeZoneUnknown
from nummer.apps.accounts.models import Account, Details, Kind, ProfileChange
from nummer.apps.accounts.ports import notice_in_force
from nummer.apps.audit import actions as audit
from nummer.apps.vault.actions import Sealed, seal_text, unseal_many, unseal_text
from nummer.apps.vault.keys import KeyClass
from nummer.kernel.ids import new_id
from nummer.policy.clause import clause

VALUES_KEPT: Final = timedelta(days=365)  # then a change keeps its field, its moment and its notice
NUMBER_LENGTH_MAX: Final = 30
_PLACE: Final = "accounts_profilechange."
_NUMBER: Final = "accounts_details.organisation_number"
_AREAS: Final = (
    "Africa",
    "America",
    "Antarctica",
    "Arctic",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
)


class Field(StrEnum):
    """A field of a profile, as its history names it."""

    EMAIL = "email"
    PHONE = "phone"
    KIND = "kind"
    COUNTRY = "country"
    CURRENCY = "currency"
    LANGUAGE = "language"
    NAME = "name"
    ADDRESS = "address"
    ORGANISATION_NUMBER = "organisation_number"
    TAX_NUMBER = "tax_number"
    TIME_ZONE = "time_zone"
    CHANNEL = "channel"


@dataclass(frozen=True, slots=True)
class DetailsRow:
    """What a customer said; empty is not said."""

    organisation_number: str = field(default="", repr=False)
    time_zone: str = ""


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One change of a field; `values_gone` says that we forgot from what to what."""

    id: UUID
    changed: Field
    before: str = field(repr=False)
    after: str = field(repr=False)
    values_gone: bool
    actor: str
    notice: str
    at: datetime


def details(account_id: int) -> DetailsRow:
    """Return what a customer said of himself."""
    row = Details.objects.filter(account_id=account_id).first()
    if row is None:
        return DetailsRow()
    return DetailsRow(_opened_number(row), row.time_zone)


def time_zone(account_id: int) -> str:
    """Return the zone that a customer wants moments in; empty where he never chose."""
    found = Details.objects.filter(account_id=account_id).values_list("time_zone", flat=True)
    return found.first() or ""


@cache
def time_zones() -> tuple[str, ...]:
    """Return the zones to choose from, as the IANA names them."""
    known = available_timezones()
    return tuple(sorted(zone for zone in known if zone.partition("/")[0] in _AREAS))


def set_time_zone(account_id: int, *, zone: str, now: datetime) -> None:
    """Show moments in a zone from now on; empty: in that of the browser.

    Refuses: TimeZoneUnknown.
    """
    if zone and zone not in time_zones():
        raise TimeZoneUnknown
    with transaction.atomic():
        row = _locked(account_id, now)
        before, row.time_zone, row.changed_at = row.time_zone, zone, now
        row.save()
        if note(account_id, Field.TIME_ZONE, before=before, after=zone, now=now):
            _record(account_id, Field.TIME_ZONE, now)


def set_organisation_number(account_id: int, *, number: str, now: datetime) -> None:
    """Keep the number under which a company stands in its register; empty forgets it.

    A Norwegian one is checked by its digits. Refuses: NotACompany, OrganisationNumberRefused.
    """
    account = Account.objects.get(id=account_id)
    if account.kind != Kind.COMPANY:
        raise NotACompany
    read = _read_number(number, account.country)
    with transaction.atomic():
        row = _locked(account_id, now)
        before = _opened_number(row)
        row.organisation_number = _sealed_text(read, account_id) if read else None
        row.changed_at = now
        row.save()
        if note(account_id, Field.ORGANISATION_NUMBER, before=before, after=read, now=now):
            _record(account_id, Field.ORGANISATION_NUMBER, now)


def _record(account_id: int, changed: Field, now: datetime) -> None:
    audit.record(
        actor=f"customer:{account_id}",
        verb="change_details",
        place="accounts_details",
        row=str(account_id),
        account_id=account_id,
        fields=[changed],
        now=now,
    )


def note(
    account_id: int,
    changed: Field,
    *,
    before: str,
    after: str,
    actor: str | None = None,
    now: datetime,
) -> UUID | None:
    """Write a line of the history in the caller's transaction; the same value again writes none.

    `actor` is the customer himself where nobody else is named. Returns the id of the line.
    """
    if before == after:
        return None
    return _write(account_id, {changed: (before, after)}, actor, now)[0]


def note_given(account_id: int, *, given: Mapping[Field, str], now: datetime) -> None:
    """Write with which fields an account began (LD-D1)."""
    _write(account_id, {name: ("", value) for name, value in given.items()}, None, now)


@clause(
    "LD-D6",
    quote="This notice says which personal data {operator_name} processes, why, for how long, who "
    "receives them, and what you can demand.",
)
def _write(
    account_id: int, changes: Mapping[Field, tuple[str, str]], actor: str | None, now: datetime
) -> list[UUID]:
    actor, notice = actor or f"customer:{account_id}", notice_in_force(now)
    rows = []
    for name, (before, after) in changes.items():
        line = new_id()
        rows.append(
            ProfileChange(
                account_id=account_id,
                id=line,
                field=name,
                before=_sealed(before, account_id, "before", line),
                after=_sealed(after, account_id, "after", line),
                actor=actor,
                notice=notice,
                at=now,
            )
        )
    ProfileChange.objects.bulk_create(rows)
    return [row.id for row in rows]


def history(account_id: int, *, before: UUID | None = None, limit: int = 25) -> list[ChangeRow]:
    """Return the changes of a profile, newest first; `before` is the last id seen."""
    found = ProfileChange.objects.order_by("-id")
    if before is not None:
        found = found.filter(id__lt=before)
    return _rows(account_id, found, limit=limit)


def _rows(
    account_id: int, found: QuerySet[ProfileChange], *, limit: int | None = None
) -> list[ChangeRow]:
    rows = list(found.filter(account_id=account_id)[:limit])
    opened = iter(
        unseal_many(
            [
                Sealed(bytes(value), account_id, KeyClass.IDENTITY, _PLACE + column, row.id)
                for row in rows
                for column, value in (("before", row.before), ("after", row.after))
                if value is not None
            ]
        )
    )
    return [
        ChangeRow(
            row.id,
            Field(row.field),
            "" if row.before is None else next(opened).decode(),
            "" if row.after is None else next(opened).decode(),
            row.after is None,
            row.actor,
            row.notice,
            row.at,
        )
        for row in rows
    ]


def change(account_id: int, *, change_id: UUID) -> ChangeRow | None:
    """Return one line of the history."""
    return next(iter(_rows(account_id, ProfileChange.objects.filter(id=change_id))), None)


def oldest_values(*, until: datetime) -> tuple[datetime, UUID] | None:
    """Return when the time of the oldest values of the history is over, if that is by `until`."""
    rows = ProfileChange.objects.filter(after__isnull=False, at__lte=until - VALUES_KEPT)
    found = rows.order_by("at", "id").values_list("at", "id").first()
    return None if found is None else (found[0] + VALUES_KEPT, found[1])


def forget_values(*, now: datetime) -> None:
    """Forget from what to what fields changed a year ago; that they did stays."""
    old = ProfileChange.objects.filter(after__isnull=False, at__lte=now - VALUES_KEPT)
    old.update(before=None, after=None)


def _read_number(text: str, country: str) -> str:
    read = " ".join(text.split())
    if len(read) > NUMBER_LENGTH_MAX or not read.isprintable():
        raise OrganisationNumberRefused
    if not read or country != "NO":
        return read
    try:
        checked: str = orgnr.validate(read)
    except NotANumber:
        raise OrganisationNumberRefused from None
    return checked


def _locked(account_id: int, now: datetime) -> Details:
    Details.objects.get_or_create(account_id=account_id, defaults={"changed_at": now})
    return Details.objects.select_for_update().get(account_id=account_id)


def _opened_number(row: Details) -> str:
    if row.organisation_number is None:
        return ""
    return unseal_text(
        bytes(row.organisation_number),
        account_id=row.account_id,
        klass=KeyClass.IDENTITY,
        place=_NUMBER,
        row=row.account_id,
    )


def _sealed_text(text: str, account_id: int) -> bytes:
    return seal_text(
        text, account_id=account_id, klass=KeyClass.IDENTITY, place=_NUMBER, row=account_id
    )


def _sealed(text: str, account_id: int, column: str, line: UUID) -> bytes:
    return seal_text(
        text, account_id=account_id, klass=KeyClass.IDENTITY, place=_PLACE + column, row=line
    )
