"""The verbs of letters: write one, deliver it, send one on the spot."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from procrastinate.contrib.django import app

from nummer.apps.accounts import queries as accounts
from nummer.apps.agreements import queries as agreements
from nummer.apps.notify import mails
from nummer.apps.notify.letters import LETTERS, Content, require_complete
from nummer.apps.notify.models import Letter, State
from nummer.apps.notify.reach import Reach, reach_in, with_reach
from nummer.apps.notify.rendering import write
from nummer.apps.vault.actions import seal_text, unseal_text
from nummer.apps.vault.keys import OPERATOR_ACCOUNT_ID, KeyClass
from nummer.kernel.errors import Unavailable
from nummer.kernel.ids import id_of, new_id
from nummer.kernel.jobs import DELIVER_LETTER, TELL_TEXTS_PUBLISHED
from nummer.kernel.locale import DRAFTING_LANGUAGE

LOOKED_AFTER: Final = timedelta(minutes=15)  # when a letter that still waits gets another job
CLAIMED: Final = timedelta(minutes=5)  # longer than the mail server's time limits together
GIVEN_UP_AFTER: Final = timedelta(days=7)
TOLD_AT_ONCE: Final = 200  # letters in one transaction
_PLACE: Final = "notify_letter.content"


def send_letter(
    account_id: int,
    *,
    letter: str,
    context: Content,
    now: datetime,
    key: UUID,
    reach: Reach | None = None,
) -> None:
    """Write a letter to a customer, in his language; a job sends it after the commit.

    `letter` is a name of `letters.LETTERS`, `context` what it needs. The same key again writes
    nothing. To somebody without an account (OPERATOR_ACCOUNT_ID) `reach` names address and
    language. Raises LetterIncomplete.
    """
    require_complete(letter, context)
    with transaction.atomic():
        _, fresh = Letter.objects.get_or_create(
            account_id=account_id,
            id=key,
            defaults={
                "letter": letter,
                "locale": _language(account_id, reach),
                "content": seal_text(
                    json.dumps(with_reach(context, reach)),
                    account_id=account_id,
                    klass=KeyClass.COMMUNICATION,
                    place=_PLACE,
                    row=key,
                ),
                "written_at": now,
                "due_at": now + LOOKED_AFTER,
            },
        )
        if fresh:
            defer_delivery(account_id, letter_id=key)


def defer_delivery(account_id: int, *, letter_id: UUID) -> None:
    """Give a letter a job, in the caller's transaction."""
    task = app.configure_task(DELIVER_LETTER)
    task.defer(account_id=account_id, letter_id=str(letter_id))


def tell_key_created(account_id: int, *, key_id: UUID, now: datetime) -> None:
    """Write to a customer that a key was made in his account; once for each key."""
    for key in accounts.keys(account_id):
        if key.id == key_id:
            send_letter(
                account_id,
                letter="key-created",
                context={
                    "label": key.label,
                    "created_at": key.created_at.isoformat(),
                    "reads_only": key.reads_only,
                },
                now=now,
                key=id_of("key-created", key_id),
            )


def tell_texts_published(publication_id: UUID, *, after_id: int, now: datetime) -> None:
    """Write to every customer which texts were published together, before they are in force.

    One call writes to TOLD_AT_ONCE customers, those after the account `after_id`, and leaves the
    others to a job of its own; a customer gets one letter however often this is repeated.
    """
    texts = [
        {
            "document": text.document,
            "version": text.version,
            "before": agreements.version_before(text.document, version=text.version) or "",
            "effective_at": text.effective_at.isoformat(),
        }
        for text in agreements.published_with(publication_id, language=DRAFTING_LANGUAGE)
        if not text.is_in_force(now=text.published_at)
    ]
    if not texts:
        return
    found = accounts.open_accounts(after=after_id, limit=TOLD_AT_ONCE)
    with transaction.atomic():
        for account_id in found:
            send_letter(
                account_id,
                letter="texts-published",
                context={"texts": texts},
                now=now,
                key=id_of("texts-published", publication_id, account_id),
            )
        if len(found) == TOLD_AT_ONCE:
            task = app.configure_task(TELL_TEXTS_PUBLISHED)
            task.defer(publication_id=str(publication_id), after_id=found[-1])


def send_mail_now(
    *, to: str, letter: str, context: Content, language: str, account_id: int | None, now: datetime
) -> None:
    """Send a mail before returning: to somebody without an account, or to a new address.

    Raises Unavailable: the mail server is away. Raises LetterIncomplete.
    """
    owner = OPERATOR_ACCOUNT_ID if account_id is None else account_id
    written = write(letter, content=context, language=language)
    mails.send(written, to=to, letter_id=new_id(), account_id=owner, now=now)


def deliver(account_id: int, *, letter_id: UUID, now: datetime) -> None:
    """Send a letter that waits; one that was sent, or is being sent, is left alone.

    Raises Unavailable: the mail server is away; the letter waits on.
    """
    row = _claimed(account_id, letter_id, now)
    if row is None:
        return
    content = _content(row)
    reach = reach_in(content)
    address = reach.to or accounts.email(account_id)
    if address is None:
        _end(row, state=State.GIVEN_UP, now=now)
        return
    written = write(row.letter, content=content, language=row.locale)
    try:
        mails.send(
            written, to=address, letter_id=row.id, account_id=account_id, reach=reach, now=now
        )
    except Unavailable:
        _rows(row).update(claimed_until=None)
        raise
    _end(row, state=State.SENT, now=now)


def look_after(account_id: int, *, letter_id: UUID, now: datetime) -> None:
    """Give a letter that still waits another job, later each time; in the end give it up."""
    with transaction.atomic():
        row = (
            Letter.objects.select_for_update()
            .filter(account_id=account_id, id=letter_id, state=State.WAITING, due_at__lte=now)
            .first()
        )
        if row is None:
            return
        if now - row.written_at >= GIVEN_UP_AFTER:
            _end(row, state=State.GIVEN_UP, now=now)
            return
        _rows(row).update(due_at=now + max(LOOKED_AFTER, now - row.written_at))
        defer_delivery(account_id, letter_id=letter_id)


def _claimed(account_id: int, letter_id: UUID, now: datetime) -> Letter | None:
    """Return the letter if nobody else is sending it; it is then ours for CLAIMED."""
    with transaction.atomic():
        row = (
            Letter.objects.select_for_update()
            .filter(account_id=account_id, id=letter_id, state=State.WAITING)
            .filter(Q(claimed_until=None) | Q(claimed_until__lte=now))
            .first()
        )
        if row is not None:
            _rows(row).update(claimed_until=now + CLAIMED, attempts=row.attempts + 1)
    return row


def _language(account_id: int, reach: Reach | None) -> str:
    if reach is not None and reach.language is not None:
        return reach.language
    return accounts.account(account_id).locale


def _content(row: Letter) -> Content:
    assert row.content is not None, "a letter that waits has its content"
    content: Content = json.loads(
        unseal_text(
            bytes(row.content),
            account_id=row.account_id,
            klass=KeyClass.COMMUNICATION,
            place=_PLACE,
            row=row.id,
        )
    )
    return content


def _end(row: Letter, *, state: State, now: datetime) -> None:
    ended = {
        "state": state,
        "sent_at": now if state is State.SENT else None,
        "claimed_until": None,
    }
    if LETTERS[row.letter].secret:
        ended["content"] = None
    _rows(row).update(**ended)


def _rows(row: Letter) -> QuerySet[Letter]:
    return Letter.objects.filter(account_id=row.account_id, id=row.id)
