"""The jobs that write and send letters, and the due row of one whose job was lost."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from nummer.apps.notify import actions, queries
from nummer.kernel import clock
from nummer.kernel.due import DueRow, DueSource
from nummer.kernel.jobs import DELIVER_LETTER, TELL_KEY_CREATED, TELL_TEXTS_PUBLISHED


def _deliver(*, account_id: int, letter_id: str) -> None:
    actions.deliver(account_id, letter_id=UUID(letter_id), now=clock.now())


def _tell_key_created(*, account_id: int, key_id: str) -> None:
    actions.tell_key_created(account_id, key_id=UUID(key_id), now=clock.now())


def _tell_texts_published(*, publication_id: str, after_id: int = 0) -> None:
    actions.tell_texts_published(UUID(publication_id), after_id=after_id, now=clock.now())


def _find(until: datetime, limit: int) -> Sequence[DueRow]:
    return [DueRow(*row) for row in queries.waiting(until=until, limit=limit)]


def _fire(row: DueRow, now: datetime) -> None:
    actions.look_after(row.account_id, letter_id=row.key, now=now)


JOBS: Final[Mapping[str, Callable[..., None]]] = {
    DELIVER_LETTER: _deliver,
    TELL_KEY_CREATED: _tell_key_created,
    TELL_TEXTS_PUBLISHED: _tell_texts_published,
}
DUE_SOURCES: Final = (DueSource("notify.letters", _find, _fire, lead=actions.LOOKED_AFTER),)
