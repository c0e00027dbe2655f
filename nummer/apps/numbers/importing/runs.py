"""The verbs and reads of imports."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Final
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Count
from procrastinate.contrib.django import app as jobs

from nummer.apps.audit import actions as audit
from nummer.apps.catalogue import actions as catalogue_actions
from nummer.apps.catalogue import queries as catalogue
from nummer.apps.numbers.errors import NoSuchImport
from nummer.apps.numbers.importing.lines import NumberLine, Reason, judge
from nummer.apps.numbers.importing.sheet import SheetLine, read_sheet
from nummer.apps.numbers.models import ImportRefusal, ImportRun
from nummer.kernel.ids import new_id
from nummer.kernel.jobs import IMPORT_NUMBERS

BATCH_LINES: Final = 1_000


@dataclass(frozen=True, slots=True)
class ImportRow:
    """How far an import is: `done` of `total` lines, of which `refused` were left out."""

    id: UUID
    created_at: datetime
    finished_at: datetime | None
    total: int
    done: int
    refused: int

    @property
    def added(self) -> int:
        """Return how many lines became numbers."""
        return self.done - self.refused


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """A line that was left out; REASONS has the sentence for `reason`."""

    line: int
    reason: Reason


def start_import(content: bytes, *, actor: str, now: datetime) -> UUID:
    """Keep a file for the job and return the id of its run.

    Nothing is kept of a file that cannot be read as a whole. Refuses: SheetTooLarge, SheetEmpty,
    SheetBroken, SheetColumnMissing.
    """
    sheet = read_sheet(content)
    run_id = new_id()
    with transaction.atomic():
        ImportRun.objects.create(
            id=run_id, actor=actor, created_at=now, total=sheet.total, done=0, content=content
        )
        audit.record(
            actor=actor, verb="import_started", place="numbers_importrun", row=str(run_id), now=now
        )
        jobs.configure_task(name=IMPORT_NUMBERS).defer(run_id=str(run_id))
    return run_id


def continue_import(run_id: UUID, *, now: datetime) -> None:
    """Take in what is left of a file, batch by batch; a finished run is left as it is.

    Two at once share the work without doing any of it twice. Refuses: NoSuchImport.
    """
    run = ImportRun.objects.filter(id=run_id).first()
    if run is None:
        raise NoSuchImport
    if run.content is None:
        return
    lines = islice(read_sheet(bytes(run.content)).lines(), run.done, None)
    countries = frozenset(row.code for row in catalogue.countries())
    done = run.done
    while batch := list(islice(lines, BATCH_LINES)):
        if not _take(run_id, batch, done=done, countries=countries, now=now):
            return  # somebody else is at it
        done += len(batch)
    ImportRun.objects.filter(id=run_id, finished_at=None, done=run.total).update(
        finished_at=now, content=None
    )


def add_numbers(lines: Iterable[NumberLine], *, now: datetime) -> int:
    """Bring numbers and their slots into the stock; those it has stay. Return how many are new."""
    services = _services()
    added = 0
    remaining = iter(lines)
    while batch := list(islice(remaining, BATCH_LINES)):
        with transaction.atomic():
            _name_carriers(batch)
            with connection.cursor() as cursor:
                cursor.execute(_ADD, {**_columns(batch), "services": services, "now": now})
                added += int(cursor.fetchone()[0])
    return added


def import_run(run_id: UUID) -> ImportRow:
    """Return how far an import is. Refuses: NoSuchImport."""
    rows = _import_rows(run_id=run_id, limit=1)
    if not rows:
        raise NoSuchImport
    return rows[0]


def import_runs(*, limit: int = 20) -> list[ImportRow]:
    """Return the latest imports, newest first."""
    return _import_rows(run_id=None, limit=limit)


def refused_lines(run_id: UUID, *, after: int = 0, limit: int = 200) -> list[RefusedLine]:
    """Return the lines behind line `after` that were left out, in their order."""
    rows = ImportRefusal.objects.filter(run_id=run_id, line__gt=after).order_by("line")[:limit]
    return [RefusedLine(line=row.line, reason=Reason(row.reason)) for row in rows]


_GIVEN: Final = """
WITH given AS (
  SELECT * FROM unnest(%(ids)s::uuid[], %(e164s)s::text[], %(countries)s::text[],
                       %(carriers)s::text[], %(kinds)s::text[], %(sms)s::boolean[],
                       %(voice)s::boolean[], %(lines)s::integer[])
    AS g(id, e164, country, carrier, kind, sms, voice, line)
)"""
_SLOTS: Final = """
slots AS (
  INSERT INTO numbers_slot (number_id, e164, service_code, country, carrier, withdrawn)
  SELECT a.id, a.e164, s.code, a.country, a.carrier, false
    FROM added a CROSS JOIN unnest(%(services)s::text[]) AS s(code)
   WHERE a.sms
   ORDER BY a.id, s.code
)"""
_NUMBER_COLUMNS: Final = "(id, e164, country, carrier, kind, sms, voice, status, added_at)"
_ADDED_COLUMNS: Final = "id, e164, country, carrier, sms"

# One call: numbers, their slots.
_ADD: Final = f"""{_GIVEN},
added AS (
  INSERT INTO numbers_number {_NUMBER_COLUMNS}
  SELECT id, e164, country, carrier, kind, sms, voice, 'active', %(now)s FROM given ORDER BY line
  ON CONFLICT (e164) DO NOTHING
  RETURNING {_ADDED_COLUMNS}
),{_SLOTS}
SELECT count(*) FROM added
"""  # noqa: S608 -- put together from the constants above

# One call: progress, numbers, their slots, refused lines. The progress comes first: whoever finds
# it moved by another job writes nothing.
_TAKE: Final = f"""{_GIVEN},
turn AS (
  UPDATE numbers_importrun SET done = done + %(count)s
   WHERE id = %(run_id)s AND done = %(done)s
  RETURNING id
),
added AS (
  INSERT INTO numbers_number {_NUMBER_COLUMNS}
  SELECT g.id, e164, country, carrier, kind, sms, voice, 'active', %(now)s
    FROM given g CROSS JOIN turn ORDER BY line
  ON CONFLICT (e164) DO NOTHING
  RETURNING {_ADDED_COLUMNS}
),{_SLOTS},
refused AS (
  INSERT INTO numbers_importrefusal (run_id, line, reason)
  SELECT turn.id, r.line, r.reason
    FROM turn CROSS JOIN (
      SELECT * FROM unnest(%(refused_lines)s::integer[], %(reasons)s::text[]) AS u(line, reason)
      UNION ALL
      SELECT g.line, %(known)s FROM given g LEFT JOIN added a ON a.id = g.id WHERE a.id IS NULL
    ) r
)
SELECT count(*) FROM turn
"""  # noqa: S608 -- put together from the constants above


def _take(
    run_id: UUID,
    batch: Sequence[SheetLine],
    *,
    done: int,
    countries: frozenset[str],
    now: datetime,
) -> bool:
    """Write one batch with its progress; False: another job took it."""
    judged = [(line.number, judge(line.fields, countries=countries)) for line in batch]
    good = [(number, found) for number, found in judged if isinstance(found, NumberLine)]
    bad = [(number, found) for number, found in judged if isinstance(found, Reason)]
    with transaction.atomic():
        _name_carriers([line for _, line in good])
        with connection.cursor() as cursor:
            cursor.execute(
                _TAKE,
                {
                    **_columns([line for _, line in good]),
                    "lines": [number for number, _ in good],
                    "refused_lines": [number for number, _ in bad],
                    "reasons": [reason.value for _, reason in bad],
                    "known": Reason.KNOWN.value,
                    "services": _services(),
                    "run_id": run_id,
                    "done": done,
                    "count": len(batch),
                    "now": now,
                },
            )
            return bool(cursor.fetchone()[0])


def _columns(lines: Sequence[NumberLine]) -> dict[str, list[object]]:
    return {
        "ids": [new_id() for _ in lines],
        "e164s": [line.number.e164 for line in lines],
        "countries": [line.country for line in lines],
        "carriers": [line.carrier for line in lines],
        "kinds": [line.kind for line in lines],
        "sms": [line.sms for line in lines],
        "voice": [line.voice for line in lines],
        "lines": list(range(len(lines))),
    }


def _services() -> list[str]:
    """Return the services that new numbers get slots for; the rest get theirs when switched on."""
    return [service.code for service in catalogue.services()]


def _name_carriers(lines: Sequence[NumberLine]) -> None:
    """Let the catalogue know carriers it has not met, under their own code."""
    catalogue_actions.add_carriers(
        sorted({(line.country, line.carrier, line.carrier) for line in lines})
    )


def _import_rows(*, run_id: UUID | None, limit: int) -> list[ImportRow]:
    rows = ImportRun.objects.defer("content").annotate(refused=Count("importrefusal"))
    if run_id is not None:
        rows = rows.filter(id=run_id)
    return [
        ImportRow(
            id=row.id,
            created_at=row.created_at,
            finished_at=row.finished_at,
            total=row.total,
            done=row.done,
            refused=row.refused,
        )
        for row in rows.order_by("-created_at", "-id")[:limit]
    ]
