"""How a customer hands papers in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction

from nummer.apps.identity import ports
from nummer.apps.identity.actions.store import one_at_a_time
from nummer.apps.identity.contents import media_of
from nummer.apps.identity.errors import PapersNotComplete, PapersWait, TooManyPapers
from nummer.apps.identity.models import Document, Papers
from nummer.apps.identity.queries import CONTENT, DECLARED, Asked, waiting
from nummer.apps.identity.words import DocumentKind, Field, State
from nummer.apps.vault.actions import forget_keys, seal_bytes, seal_text
from nummer.apps.vault.keys import KeyClass
from nummer.kernel.ids import new_id
from nummer.kernel.redact import redact

FIELD_LENGTH_MAX: Final = 200
HANDED_IN_MAX: Final = 10
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

    Numbers of cards and accounts are blotted out of the fields (PP-2.3b).
    Refuses: PapersNotComplete, DocumentNotReadable, DocumentTooLarge, PapersWait, TooManyPapers,
    KeyDestroyed. Locks: the account's papers.
    """
    said = {name: redact(" ".join(fields.get(name, "").split())) for name in wanted.fields}
    if not wanted or any(not 0 < len(text) <= FIELD_LENGTH_MAX for text in said.values()):
        raise PapersNotComplete
    if documents.keys() != set(wanted.documents):
        raise PapersNotComplete
    media = {kind: media_of(content) for kind, content in documents.items()}
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
            for kind, content in documents.items():
                document_id = new_id()
                Document.objects.create(
                    account_id=account_id,
                    id=document_id,
                    papers_id=papers_id,
                    kind=kind,
                    media=media[kind],
                    octets=len(content),
                    content=seal_bytes(
                        content,
                        account_id=account_id,
                        klass=KeyClass.PAPERS,
                        place=CONTENT,
                        row=document_id,
                    ),
                )
            ports.tell_handed_in(account_id, papers_id=papers_id, now=now)
    except IntegrityError:  # twice at once: the other call was first
        raise PapersWait from None
    return papers_id


def require_room(account_id: int, *, now: datetime) -> None:
    """Refuse papers while others wait, or after too many: PapersWait, TooManyPapers."""
    if waiting(account_id):
        raise PapersWait
    lately = Papers.objects.filter(account_id=account_id, handed_in_at__gt=now - _A_MONTH)
    if lately.count() >= HANDED_IN_MAX:
        raise TooManyPapers
