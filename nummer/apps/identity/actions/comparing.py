"""Comparing the machine-readable zone of a document, as a reviewer typed it, with what was said.

It helps her to see what does not fit. It approves nothing: who makes a false passport makes its
check digits right. The zone itself is not kept, only what was found and an index of its number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

from django.db import transaction

from nummer.apps.audit import actions as audit
from nummer.apps.identity.actions.tasks import taken
from nummer.apps.identity.errors import ZoneNotReadable
from nummer.apps.identity.models import Papers
from nummer.apps.identity.queries import declared, elsewhere
from nummer.apps.identity.words import Field, Finding, State
from nummer.apps.vault.actions import blind_index
from nummer.protocols import mrz
from nummer.protocols.mrz import Zone, ZoneError


@dataclass(frozen=True, slots=True)
class Compared:
    """What was found; `expires_on` as the document says it."""

    findings: tuple[Finding, ...]
    expires_on: date | None


def compare_zone(
    account_id: int, *, papers_id: UUID, text: str, actor: str, now: datetime
) -> Compared:
    """Write down what does not fit, for whoever judges; another reading takes its place.

    Other accounts' papers of the same number that wait are marked, too. Refuses: NoSuchPapers,
    PapersJudged, PapersNotTaken, ZoneNotReadable. Locks: the papers.
    """
    today = now.astimezone(UTC).date()
    try:
        zone = mrz.read(text, today=today)
    except ZoneError:
        raise ZoneNotReadable from None
    with transaction.atomic():
        row = taken(account_id, papers_id=papers_id, actor=actor)
        row.zone_index = blind_index("papers-number", zone.alike)
        found = _findings(zone, declared(row), today)
        row.expires_on = zone.expires_on
        row.save(update_fields=["zone_index", "expires_on"])
        if elsewhere(account_id, papers_id=papers_id):
            found.append(Finding.KNOWN_ELSEWHERE)
            _mark_others(row)
        row.findings = [*found]
        row.save(update_fields=["findings"])
        audit.record(
            actor=actor,
            verb="papers_zone_compared",
            place="identity_papers",
            row=str(row.id),
            account_id=account_id,
            fields=["findings"],
            now=now,
        )
    return Compared(tuple(found), zone.expires_on)


def _mark_others(row: Papers) -> None:
    others = Papers.objects.select_for_update().filter(
        zone_index=row.zone_index, state=State.WAITING
    )
    for other in others.exclude(account_id=row.account_id).order_by("account_id", "id"):
        if Finding.KNOWN_ELSEWHERE not in other.findings:
            other.findings = [*other.findings, Finding.KNOWN_ELSEWHERE]
            other.save(update_fields=["findings"])


def _findings(zone: Zone, said: Mapping[str, str], today: date) -> list[Finding]:
    """Return what does not fit, but for what others handed in."""
    found = []
    if zone.wrong or zone.expires_on is None:
        found.append(Finding.CHECK_DIGIT)
    if not _name_fits(zone, said):
        found.append(Finding.OTHER_NAME)
    born = said.get(Field.BIRTH_DATE)
    if born and zone.born_on and born != zone.born_on.isoformat():
        found.append(Finding.OTHER_BIRTH_DATE)
    if zone.expires_on is not None and zone.expires_on < today:
        found.append(Finding.EXPIRED)
    return found


def _name_fits(zone: Zone, said: Mapping[str, str]) -> bool:
    """Tell whether the names fit as far as both say them; middle names may be left out."""
    first, last = said.get(Field.FIRST_NAME), said.get(Field.LAST_NAME)
    if last is not None and not any(
        _same(one, zone.surname, cut=zone.cut and not zone.given) for one in mrz.spellings(last)
    ):
        return False
    if first is None:
        return True
    given = zone.given.split()
    return any(_first_of(one.split(), given, cut=zone.cut) for one in mrz.spellings(first))


def _same(said: str, printed: str, *, cut: bool) -> bool:
    return bool(said) and (said == printed or (cut and said.startswith(printed)))


def _first_of(said: list[str], printed: list[str], *, cut: bool) -> bool:
    """Tell whether every name that was said is printed, in its order, the first one first."""
    if not said or not printed or not _same(said[0], printed[0], cut=cut and len(printed) == 1):
        return False
    rest = iter(printed)
    return cut or all(name in rest for name in said)
