"""How a letter ends: its state, its line in the record, and what of it is forgotten."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import QuerySet

from nummer.apps.notify.letters import LETTERS
from nummer.apps.notify.models import Fate, Letter, State
from nummer.apps.notify.returning import note_step

_ENDS: Final = {
    State.SENT: Fate.SENT,
    State.ON_PAGE: Fate.ON_PAGE,
    State.GIVEN_UP: Fate.GIVEN_UP,
    State.WITHHELD: Fate.WITHHELD,
}


def end(row: Letter, *, state: State, dispatch: int | None = None, now: datetime) -> None:
    """Write down how a letter ended; what is secret is forgotten, unless the page shows it."""
    ended = {
        "state": state,
        "sent_at": now if state is State.SENT else None,
        "claimed_until": None,
    }
    if LETTERS[row.letter].secret and state is not State.ON_PAGE:
        ended["content"] = None
    with transaction.atomic():
        rows_of(row).update(**ended)
        note_step(row.account_id, letter_id=row.id, fate=_ENDS[state], dispatch=dispatch, now=now)


def rows_of(row: Letter) -> QuerySet[Letter]:
    """Return the letter as rows to be changed."""
    return Letter.objects.filter(account_id=row.account_id, id=row.id)
