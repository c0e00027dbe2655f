"""Work of banking that falls due: references for transfers to make, the folder of statements."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import structlog
from django.db import connection, transaction
from procrastinate.contrib.django import app

from nummer.apps.banking import actions
from nummer.apps.banking.models import Look
from nummer.apps.banking.ports import inbox
from nummer.kernel import clock
from nummer.kernel.due import DueRow, DueSource
from nummer.kernel.errors import Refusal
from nummer.kernel.ids import id_of
from nummer.kernel.jobs import READ_STATEMENTS

LOOKED_EVERY: Final = timedelta(seconds=15)
FILES_MAX: Final = 100  # of one look
NOBODY: Final = 0
_ACTOR: Final = "system:bank"
_KEY: Final = id_of("bank-inbox")

log = structlog.get_logger(__name__)

_UNNAMED: Final = """
SELECT s.chosen_at, s.account_id, s.id
  FROM payouts_share s
  LEFT JOIN banking_reference r ON r.subject = 'share' AND r.subject_id = s.id
 WHERE s.way = 'bank' AND s.closed_at IS NULL AND r.word IS NULL AND s.chosen_at <= %s
 ORDER BY s.chosen_at, s.account_id, s.id
 LIMIT %s
"""


def _unnamed(until: datetime, limit: int) -> Sequence[DueRow]:
    """Return parts of payouts that go by bank and have no reference yet."""
    with connection.cursor() as cursor:
        cursor.execute(_UNNAMED, [until, limit])
        return [DueRow(*row) for row in cursor.fetchall()]


def _name(row: DueRow, now: datetime) -> None:
    actions.draw_for_share(row.account_id, share_id=row.key, now=now)


def _unlooked(until: datetime, limit: int) -> Sequence[DueRow]:
    """Return the folder of statements, where nobody looked lately and something lies in it."""
    del limit
    if not _files() or Look.objects.filter(looked_at__gt=until - LOOKED_EVERY).exists():
        return []
    return [DueRow(due_at=until, account_id=NOBODY, key=_KEY)]


def _look(row: DueRow, now: datetime) -> None:
    del row
    with transaction.atomic():
        Look.objects.update_or_create(place=1, defaults={"looked_at": now})
        app.configure_task(READ_STATEMENTS).defer()


def _do_read_statements() -> None:
    read_inbox(now=clock.now())


def read_inbox(*, now: datetime) -> int:
    """Take every statement of the folder and return how many files were taken.

    A file that was taken is deleted: it names payers, and the bank has it. One that is refused is
    renamed, so that it is not read again.
    """
    taken = 0
    for path in _files():
        try:
            with path.open("rb") as file:
                found = actions.import_statements(file, actor=_ACTOR, now=now)
        except FileNotFoundError:
            continue  # another process was quicker
        except Refusal as refusal:
            path.rename(path.with_name(f"{path.name}.refused"))
            log.warning("statement refused", reason=refusal.code)
        else:
            path.unlink(missing_ok=True)
            taken += 1
            log.info(
                "statement taken",
                known=found.known,
                credited=found.credited,
                suspense=found.suspense,
            )
    return taken


def _files() -> list[Path]:
    folder = inbox().folder
    if folder is None or not folder.is_dir():
        return []
    files = (
        path
        for path in folder.iterdir()
        if path.suffix.lower() == ".xml" and path.is_file() and not path.is_symlink()
    )
    return sorted(files)[:FILES_MAX]


JOBS: Final[Mapping[str, Callable[..., None]]] = {READ_STATEMENTS: _do_read_statements}

UNNAMED: Final = DueSource("banking.reference", _unnamed, _name)
INBOX: Final = DueSource("banking.inbox", _unlooked, _look, lead=None)

DUE_SOURCES: Final = (UNNAMED, INBOX)
