"""How a customer hands papers in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction

from nummer.apps.identity import ports
from nummer.apps.identity.actions.inspecting import Inspected, inspect_all
from nummer.apps.identity.actions.store import keep_file, one_at_a_time
from nummer.apps.identity.errors import PapersNotComplete, PapersWait, TooManyPapers
from nummer.apps.identity.models import Document, Papers
from nummer.apps.identity.queries import DECLARED, Asked, waiting
from nummer.apps.identity.words import Checked, DocumentKind, Field, Part, State
from nummer.apps.vault.actions import forget_keys, seal_text
from nummer.apps.vault.keys import KeyClass
from nummer.kernel.ids import new_id
from nummer.kernel.redact import redact
from nummer.policy.clause import clause

FIELD_LENGTH_MAX: Final = 200
HANDED_IN_MAX: Final = 10
CHECKED_AGAIN_AFTER: Final = timedelta(minutes=1)
_A_MONTH: Final = timedelta(days=30)


def hand_in(
    account_id: int,
    *,
    wanted: Asked,
    fields: Mapping[Field, str],
    documents: Mapping[DocumentKind, bytes],
    now: datetime,
) -> UUID:
    """Keep exactly what is asked for, sealed, for a reviewer, whose case is opened.

    Of each document a copy is kept that was drawn anew. Numbers of cards and accounts are blotted
    out of the fields (PP-2.3b). Takes seconds. Refuses: PapersNotComplete, PapersWait,
    TooManyPapers, KeyDestroyed, and what `inspect` refuses. Locks: the account's papers.
    """
    require_complete(wanted=wanted, fields=fields, kinds=set(documents))
    require_room(account_id, now=now)
    inspected = inspect_all(account_id, documents)
    return keep(account_id, wanted=wanted, fields=fields, documents=inspected, now=now)


def keep(
    account_id: int,
    *,
    wanted: Asked,
    fields: Mapping[Field, str],
    documents: Mapping[DocumentKind, Inspected],
    now: datetime,
) -> UUID:
    """Keep what was inspected already. Refuses what `hand_in` refuses, but for the files."""
    said = require_complete(wanted=wanted, fields=fields, kinds=set(documents))
    papers_id = new_id()
    try:
        with transaction.atomic():
            one_at_a_time(account_id)
            forget_keys(account_id)  # a purge may just have replaced the one in memory
            require_room(account_id, now=now)
            Papers.objects.create(
                account_id=account_id,
                id=papers_id,
                state=State.WAITING,
                declared=seal_text(
                    json.dumps(said),
                    account_id=account_id,
                    klass=KeyClass.PAPERS,
                    place=DECLARED,
                    row=papers_id,
                ),
                handed_in_at=now,
            )
            for kind, found in documents.items():
                _keep_document(account_id, papers_id, kind, found=found, now=now)
            ports.tell_handed_in(account_id, papers_id=papers_id, now=now)
    except IntegrityError:  # twice at once: the other call was first
        raise PapersWait from None
    return papers_id


def _keep_document(
    account_id: int, papers_id: UUID, kind: DocumentKind, *, found: Inspected, now: datetime
) -> None:
    document_id = new_id()
    Document.objects.create(
        account_id=account_id,
        id=document_id,
        papers_id=papers_id,
        kind=kind,
        media=found.copy.media,
        octets=len(found.copy.content),
        checked=found.checked,
        check_at=now + CHECKED_AGAIN_AFTER if found.checked is Checked.HELD else None,
    )
    keep_file(account_id, document_id=document_id, part=Part.COPY, content=found.copy.content)
    if found.upload is not None:
        keep_file(account_id, document_id=document_id, part=Part.UPLOAD, content=found.upload)


@clause(
    "LD-A3",
    quote="Papers: proof of identity or address, only where the rules for a number demand them.",
)
def require_complete(
    *, wanted: Asked, fields: Mapping[Field, str], kinds: set[DocumentKind]
) -> dict[Field, str]:
    """Return the fields as they are kept. Refuses: PapersNotComplete."""
    said = {name: redact(" ".join(fields.get(name, "").split())) for name in wanted.fields}
    if not wanted or any(not 0 < len(text) <= FIELD_LENGTH_MAX for text in said.values()):
        raise PapersNotComplete
    if kinds != set(wanted.documents):
        raise PapersNotComplete
    return said


def require_room(account_id: int, *, now: datetime) -> None:
    """Refuse papers while others wait, or after too many: PapersWait, TooManyPapers."""
    if waiting(account_id):
        raise PapersWait
    lately = Papers.objects.filter(account_id=account_id, handed_in_at__gt=now - _A_MONTH)
    if lately.count() >= HANDED_IN_MAX:
        raise TooManyPapers
