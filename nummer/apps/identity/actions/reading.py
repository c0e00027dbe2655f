"""Reading the machine-readable zone of a document by machine, for a reviewer to mend.

It saves her the typing and decides nothing: what she sends is compared, not what was read.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from nummer.apps.identity import ports
from nummer.apps.identity.actions.reviewing import open_document
from nummer.apps.identity.errors import ZoneNotFound


def read_zone(
    account_id: int, *, papers_id: UUID, document_id: UUID, actor: str, now: datetime
) -> str:
    """Return the lines that seem to be the zone of a document that `actor` may open.

    That is a look at the document and is written down as one. Nothing that was read is kept.
    Refuses: what `open_document` refuses, ZoneNotFound (also without a reader). Raises
    Unavailable: not just now.
    """
    opened = open_document(
        account_id, papers_id=papers_id, document_id=document_id, actor=actor, now=now
    )
    reader = ports.reader()
    found = "" if reader is None else reader.read(opened.content, opened.media)
    if not found:
        raise ZoneNotFound
    return found
