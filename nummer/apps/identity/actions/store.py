"""What the verbs of papers share: one at a time for each account, and sealed files."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.db import connection

from nummer.apps.identity.models import Slice
from nummer.apps.identity.words import Part
from nummer.apps.vault.keys import KeyClass
from nummer.apps.vault.streams import seal_file, unseal_file

_PAPERS: Final = 0x50415052  # keeps this lock apart from others on the same account


def one_at_a_time(account_id: int) -> None:
    """Let nobody else hand in, send or purge an account's papers until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_PAPERS, account_id & 0x7FFF_FFFF])


def keep_file(account_id: int, *, document_id: UUID, part: Part, content: bytes) -> None:
    """Keep a file of a document, sealed. Refuses: KeyDestroyed."""
    sealed = seal_file(
        content, account_id=account_id, klass=KeyClass.PAPERS, place=_place(part), row=document_id
    )
    for number, piece in enumerate(sealed):
        Slice.objects.create(
            account_id=account_id, document_id=document_id, part=part, number=number, content=piece
        )


def file_of(account_id: int, *, document_id: UUID, part: Part) -> bytes:
    """Return a file whole. Refuses: KeyDestroyed. Raises SealBroken: it is not whole."""
    rows = Slice.objects.filter(account_id=account_id, document_id=document_id, part=part)
    slices = rows.order_by("number").values_list("content", flat=True)
    return unseal_file(
        (bytes(content) for content in slices.iterator(chunk_size=4)),
        account_id=account_id,
        klass=KeyClass.PAPERS,
        place=_place(part),
        row=document_id,
    )


def _place(part: Part) -> str:
    return f"identity_slice.{part}"
