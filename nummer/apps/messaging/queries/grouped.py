"""The SMS of an account by whom they were with: a rented number and one other side.

Nothing is kept to list them: the newest SMS of each is the one that no newer one follows, found
from the newest on by the indexes of both tables. Texts and other sides are sealed, so a search
opens the newest SMS and looks into them; it says how far it looked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection

from nummer.apps.messaging.errors import NoSuchConversation
from nummer.apps.messaging.queries.both import merged, sms_of
from nummer.apps.messaging.queries.forms import Sms, Wanted
from nummer.apps.messaging.theirs import theirs_index, theirs_indexes
from nummer.kernel.phone import PhoneNumber

LISTED_MAX: Final = 200
UNREAD_MAX: Final = 99
SEARCHED_MAX: Final = 500  # SMS that a search opens, each of them a seal


@dataclass(frozen=True, slots=True)
class Conversation:
    """All SMS between a rented number and one other side; `id` names it in addresses.

    `unread` counts what came since it was read, up to UNREAD_MAX.
    """

    account_id: int
    lease_id: UUID
    id: UUID
    ours: PhoneNumber
    theirs: str = field(repr=False)
    last: Sms = field(repr=False)
    unread: int

    @property
    def index(self) -> bytes:
        """Return what its SMS are found by."""
        return self.id.bytes


@dataclass(frozen=True, slots=True)
class Searched:
    """What a search found, among how many SMS, and how far back; complete where that was all."""

    conversations: list[Conversation]
    looked_at: int
    back_to: datetime | None
    complete: bool


# A message that was kept is shown when a later period was paid (`received.SHOWN`, ADR 210).
_SHOWN: Final = """
({m}.outcome = 'rented' OR {m}.outcome = 'kept' AND EXISTS (
   SELECT FROM leases_period p
    WHERE p.account_id = {m}.account_id AND p.lease_id = {m}.lease_id
      AND p.starts_at >= {m}.received_at))
"""
_TABLES: Final = (
    ("messaging_message", _SHOWN),
    ("messaging_outgoing", "{m}.theirs_index IS NOT NULL"),
)


def _newest_sql() -> str:
    """Return the statement that names the newest SMS of each conversation."""
    parts = []
    for table, shown in _TABLES:
        followed = " ".join(
            f"AND NOT EXISTS (SELECT FROM {other} n WHERE n.account_id = m.account_id"
            " AND n.theirs_index = m.theirs_index AND n.lease_id = m.lease_id"
            " AND n.id > m.id AND (%(until)s::uuid IS NULL OR n.id <= %(until)s)"
            f" AND {also.format(m='n')})"
            for other, also in _TABLES
        )
        parts.append(
            f"(SELECT m.id, m.lease_id, m.theirs_index FROM {table} m"  # noqa: S608 -- our words
            " WHERE m.account_id = %(account_id)s AND m.lease_id IS NOT NULL"
            " AND (%(lease_id)s::uuid IS NULL OR m.lease_id = %(lease_id)s)"
            " AND (%(index)s::bytea IS NULL OR m.theirs_index = %(index)s)"
            " AND (%(before)s::uuid IS NULL OR m.id < %(before)s)"
            f" AND {shown.format(m='m')} {followed} ORDER BY m.id DESC LIMIT %(limit)s)"
        )
    newest = " UNION ALL ".join(parts)
    return f"SELECT id FROM ({newest}) AS one ORDER BY id DESC LIMIT %(limit)s"  # noqa: S608


_NEWEST: Final = _newest_sql()


def conversations(
    account_id: int,
    *,
    lease_id: UUID | None = None,
    search: str = "",
    before: UUID | None = None,
    until: UUID | None = None,
    limit: int = 50,
) -> list[Conversation]:
    """Return a page of conversations, that with the newest SMS first.

    `before` is the id of the last one's last SMS. With `until` each is listed by its newest SMS
    up to that id: what is written meanwhile moves none over the edge of a page (ADR 351).
    With words to search for, it is what `searched` finds.
    """
    if search.strip():
        return searched(account_id, words=search, lease_id=lease_id).conversations
    ids = _newest(
        account_id,
        lease_id=lease_id,
        before=before,
        until=until,
        limit=min(limit, LISTED_MAX),
    )
    return _conversations(account_id, _opened(account_id, ids))


def conversation(account_id: int, *, lease_id: UUID, conversation_id: UUID) -> Conversation:
    """Return one conversation. Refuses: NoSuchConversation."""
    ids = _newest(account_id, lease_id=lease_id, index=conversation_id.bytes, limit=1)
    found = _conversations(account_id, _opened(account_id, ids))
    if not found:
        raise NoSuchConversation
    return found[0]


def conversation_id(account_id: int, *, theirs: str) -> UUID:
    """Return the id that a conversation with an other side has, whether there is one or not."""
    return UUID(bytes=theirs_index(account_id, theirs))


def thread(
    account_id: int,
    *,
    lease_id: UUID,
    conversation_id: UUID,
    before: UUID | None = None,
    limit: int = 50,
) -> list[Sms]:
    """Return a page of the SMS of a conversation, newest first."""
    return merged(
        Wanted(
            account_id=account_id,
            lease_id=lease_id,
            theirs_index=conversation_id.bytes,
            before=before,
            limit=limit,
        )
    )


def searched(account_id: int, *, words: str, lease_id: UUID | None = None) -> Searched:
    """Look for words in the newest SMS of an account, in their texts and other sides.

    An other side that is written in full is found however old its SMS are.
    """
    looked = sms_of(account_id, lease_id=lease_id, limit=SEARCHED_MAX)
    # Newest first: the first of each conversation that was looked at is its newest of all.
    indexes = theirs_indexes(account_id, {sms.theirs for sms in looked})
    newest: dict[tuple[UUID, bytes], UUID] = {}
    for sms in looked:
        newest.setdefault((sms.lease_id, indexes[sms.theirs]), sms.id)
    sought = words.strip().casefold()
    digits = "".join(filter(str.isdigit, sought))
    found = {
        newest[sms.lease_id, indexes[sms.theirs]]
        for sms in looked
        if sought in (sms.body or "").casefold()
        or sought in sms.theirs.casefold()
        or (len(digits) > 2 and not sought.strip("+0123456789 -()/.") and digits in sms.theirs)  # noqa: PLR2004 -- fewer are in every number
    }
    whole = _newest(
        account_id,
        lease_id=lease_id,
        index=theirs_index(account_id, _in_full(words)),
        limit=LISTED_MAX,
    )
    return Searched(
        _conversations(account_id, _opened(account_id, sorted(found | set(whole), reverse=True))),
        looked_at=len(looked),
        back_to=looked[-1].created_at if looked else None,
        complete=len(looked) < SEARCHED_MAX,
    )


def _in_full(words: str) -> str:
    try:
        return PhoneNumber.parse(words).e164
    except ValueError:
        return words.strip()


def _newest(
    account_id: int,
    *,
    lease_id: UUID | None = None,
    index: bytes | None = None,
    before: UUID | None = None,
    until: UUID | None = None,
    limit: int,
) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(
            _NEWEST,
            {
                "account_id": account_id,
                "lease_id": lease_id,
                "index": index,
                "before": before,
                "until": until,
                "limit": limit,
            },
        )
        return [row[0] for row in cursor.fetchall()]


def _opened(account_id: int, ids: Sequence[UUID]) -> list[Sms]:
    wanted = Wanted(account_id=account_id, ids=tuple(ids), limit=len(ids))
    return merged(wanted) if ids else []


_UNREAD: Final = f"""
SELECT (SELECT count(*) FROM (
          SELECT FROM messaging_message m
           WHERE m.account_id = %s AND m.lease_id = w.lease_id AND m.theirs_index = w.theirs_index
             AND {_SHOWN.format(m="m")}
             AND m.id > coalesce((SELECT c.read_until FROM messaging_conversation c
                                   WHERE c.account_id = m.account_id AND c.lease_id = m.lease_id
                                     AND c.theirs_index = m.theirs_index),
                                 '00000000-0000-0000-0000-000000000000')
           LIMIT {UNREAD_MAX}) AS since)
  FROM unnest(%s::uuid[], %s::bytea[]) WITH ORDINALITY AS w (lease_id, theirs_index, place)
 ORDER BY w.place
"""  # noqa: S608 -- our words


def _conversations(account_id: int, newest: Sequence[Sms]) -> list[Conversation]:
    if not newest:
        return []
    index_of = theirs_indexes(account_id, {sms.theirs for sms in newest})
    indexes = [index_of[sms.theirs] for sms in newest]
    with connection.cursor() as cursor:
        cursor.execute(_UNREAD, [account_id, [sms.lease_id for sms in newest], indexes])
        unread = [row[0] for row in cursor.fetchall()]
    return [
        Conversation(
            account_id=account_id,
            lease_id=sms.lease_id,
            id=UUID(bytes=index),
            ours=sms.ours,
            theirs=sms.theirs,
            last=sms,
            unread=count,
        )
        for sms, index, count in zip(newest, indexes, unread, strict=True)
    ]
