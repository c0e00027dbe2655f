"""Files of messages go the way of papers: drawn anew, and scanned where there is a scanner."""

from __future__ import annotations

from nummer.apps.cases.ports import Redrawn
from nummer.apps.identity.actions.inspecting import inspect
from nummer.apps.identity.errors import DocumentsBusy
from nummer.apps.identity.words import Checked


def redraw(account_id: int, content: bytes) -> Redrawn:
    """Return an account's file drawn anew. Refuses what `inspect` refuses.

    Papers wait for a scanner that is away; a message does not: its file is sent again.
    """
    seen = inspect(account_id, content)
    if seen.checked is Checked.HELD:
        raise DocumentsBusy
    return Redrawn(seen.copy.media.value, seen.copy.content)
