"""Reads of messages."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models.expressions import RawSQL

from nummer.apps.messaging import content
from nummer.apps.messaging.models import Message, Purge
from nummer.apps.messaging.queries import proofs
from nummer.apps.paging import page_behind
from nummer.apps.vault.actions import unseal_bytes
from nummer.apps.vault.keys import KeyClass
from nummer.kernel.paging import Seen

MESSAGES_MAX: Final = 100  # of an activation; a service sends a few, whoever floods it gets no more


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A message as its holder may read it; `code` is None where none was found in the text."""

    id: UUID
    received_at: datetime
    displayed_at: datetime
    sender: str
    text: str
    code: str | None

    def __repr__(self) -> str:
        return f"MessageRow({self.id})"  # reprs reach logs, texts must not


def messages(
    account_id: int, *, activation_key: UUID, limit: int = MESSAGES_MAX
) -> list[MessageRow]:
    """Return an activation's newest messages, oldest first; `activation_key` is its uuid."""
    rows = Message.objects.filter(account_id=account_id, activation_id=activation_key)
    newest = list(rows.order_by("-id")[:limit])
    return [_opened(row) for row in reversed(newest)]


def messages_of(
    account_id: int, *, activation_keys: list[UUID], limit: int = MESSAGES_MAX
) -> dict[UUID, list[MessageRow]]:
    """Return the newest messages of each of several activations in one query, oldest first."""
    found: dict[UUID, list[MessageRow]] = {key: [] for key in activation_keys}
    newest = RawSQL(_NEWEST_OF, [activation_keys, account_id, limit])  # noqa: S611 -- fixed words
    for row in Message.objects.filter(account_id=account_id, id__in=newest).order_by("id"):
        assert row.activation_id is not None, "the filter names activations"
        found[row.activation_id].append(_opened(row))
    return found


_NEWEST_OF: Final = """
SELECT newest.id FROM unnest(%s::uuid[]) AS wanted(activation_id)
 CROSS JOIN LATERAL (SELECT m.id FROM messaging_message m
                      WHERE m.account_id = %s AND m.activation_id = wanted.activation_id
                      ORDER BY m.id DESC LIMIT %s) newest
"""


@dataclass(frozen=True, slots=True)
class MessageHead:
    """A message as the staff may see it: no sender, no text."""

    id: UUID
    account_id: int
    number: str
    carrier: str
    outcome: str
    matched: tuple[str, ...]
    received_at: datetime
    parts: int


def heads(
    *, after: Seen | None = None, limit: int = 50, account_ids: Collection[int] | None = None
) -> list[MessageHead]:
    """Return a page of messages without content, newest first: everybody's, or those of some.

    `after` is the last row of the page before.
    """
    rows = Message.objects.defer("content", "sender", "text", "code", "raw")
    if account_ids is not None:
        rows = rows.filter(account_id__in=account_ids)
    found = page_behind(rows, after, by=("-received_at", "-id"))
    return [
        MessageHead(
            id=row.id,
            account_id=row.account_id,
            number=row.e164,
            carrier=row.carrier,
            outcome=row.outcome,
            matched=tuple(row.matched),
            received_at=row.received_at,
            parts=row.parts,
        )
        for row in found[: min(limit, 200)]
    ]


def oldest_kept() -> datetime | None:
    """Return when the oldest message came in, or the oldest text that has left was queued."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT least((SELECT min(received_at) FROM messaging_message),"
            " (SELECT min(queued_at) FROM messaging_outgoing"
            "   WHERE state NOT IN ('queued', 'taken')))"
        )
        found: datetime | None = cursor.fetchone()[0]
    return found


@dataclass(frozen=True, slots=True)
class PurgeRow:
    """How many messages a day's deletion took, and up to when."""

    day: date
    before: datetime
    messages: int
    outgoing: int


def purges(*, limit: int = 60) -> list[PurgeRow]:
    """Return the reports of deletion, newest first."""
    rows = Purge.objects.order_by("-day")[:limit]
    return [PurgeRow(row.day, row.before, row.messages, row.outgoing) for row in rows]


_AUDIT: Final = (
    (
        "activation with a code has a message with one",
        """
        SELECT count(*) FROM numbers_activation a
         WHERE a.first_sms_at >= coalesce((SELECT max(before) FROM messaging_purge), '-infinity')
           AND a.displayed_at IS NOT NULL AND NOT EXISTS (
           SELECT 1 FROM messaging_message m
            WHERE m.account_id = a.account_id AND m.activation_id = a.id AND m.outcome = 'shown')
        """,
    ),
    (
        "message with a code says so at its activation",
        """
        SELECT count(*) FROM messaging_message m
         WHERE m.outcome = 'shown' AND NOT EXISTS (
           SELECT 1 FROM numbers_activation a
            WHERE a.account_id = m.account_id AND a.id = m.activation_id
              AND a.displayed_at IS NOT NULL AND a.e164 = m.e164)
        """,
    ),
    (
        "message of a rented number is with the last who had the number when it came",
        """
        SELECT count(*) FROM messaging_message m
         WHERE m.lease_id IS NOT NULL AND NOT EXISTS (
           SELECT 1 FROM leases_holding h
            WHERE h.account_id = m.account_id AND h.lease_id = m.lease_id AND h.e164 = m.e164
              AND h.from_at <= m.received_at AND NOT EXISTS (
                SELECT 1 FROM leases_holding later
                 WHERE later.e164 = h.e164 AND later.from_at > h.from_at
                   AND later.from_at <= m.received_at))
        """,
    ),
)


def audit_lines() -> list[tuple[str, int, str]]:
    """Prove this app's invariants: (name, breaches, detail) each."""
    lines = []
    with connection.cursor() as cursor:
        for name, query in (*_AUDIT, *proofs.SENDING):
            cursor.execute(query)
            lines.append((f"messages: {name}", int(cursor.fetchone()[0]), ""))
    return lines


def _opened(row: Message) -> MessageRow:
    sender, text, code = _said(row)
    return MessageRow(
        id=row.id,
        received_at=row.received_at,
        displayed_at=row.stored_at,
        sender=sender,
        text=text,
        code=code,
    )


def _said(row: Message) -> tuple[str, str, str | None]:
    """Open what the message says, whichever form it was sealed in."""

    def unseal(column: str, sealed: bytes | None) -> bytes:
        assert sealed is not None, "a message is sealed in one form"
        return unseal_bytes(
            bytes(sealed),
            account_id=row.account_id,
            klass=KeyClass.COMMUNICATION,
            place=f"messaging_message.{column}",
            row=row.id,
        )

    if row.content is not None:
        said = content.read(unseal("content", row.content))
        return said.sender, said.text, said.code
    code = None if row.code is None else unseal("code", row.code).decode()
    return unseal("sender", row.sender).decode(), unseal("text", row.text).decode(), code
