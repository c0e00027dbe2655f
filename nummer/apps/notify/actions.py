"""The verbs of letters: write one, deliver it, send one on the spot."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from procrastinate.contrib.django import app

from nummer.apps.accounts import profiles
from nummer.apps.accounts import queries as accounts
from nummer.apps.agreements import queries as agreements
from nummer.apps.notify import mails, preferences
from nummer.apps.notify.contents import opened, sealed
from nummer.apps.notify.ending import end, rows_of
from nummer.apps.notify.errors import NotTaken
from nummer.apps.notify.letters import LETTERS, Content, Kind, goes_by_mail, require_complete
from nummer.apps.notify.models import Fate, Letter, State
from nummer.apps.notify.offers import deliver_offer
from nummer.apps.notify.reach import Reach, reach_in, with_reach
from nummer.apps.notify.rendering import write
from nummer.apps.notify.returning import marked, note_report, note_step
from nummer.apps.vault.keys import OPERATOR_ACCOUNT_ID
from nummer.kernel.errors import Unavailable
from nummer.kernel.ids import id_of, new_id
from nummer.kernel.jobs import DELIVER_LETTER, TELL_TEXTS_PUBLISHED
from nummer.kernel.locale import DRAFTING_LANGUAGE

LOOKED_AFTER: Final = timedelta(minutes=15)  # when a letter that still waits gets another job
CLAIMED: Final = timedelta(minutes=5)  # longer than the mail server's time limits together
GIVEN_UP_AFTER: Final = timedelta(days=7)
TOLD_AT_ONCE: Final = 200  # letters in one transaction


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
                "content": sealed(with_reach(context, reach), account_id=account_id, letter_id=key),
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

    Its reader waits for it, so it goes to a marked address, too: it is the way back from there
    (ADR 415). Where the server says that the address does not exist, it is marked, and the page
    says no more than otherwise. Raises Unavailable: the mail server is away. Raises
    LetterIncomplete.
    """
    owner = OPERATOR_ACCOUNT_ID if account_id is None else account_id
    written = write(letter, content=context, language=language)
    letter_id = new_id()
    report, number = None, None
    try:
        number = mails.send(written, to=to, letter_id=letter_id, account_id=owner, now=now)
    except NotTaken as refused:
        report = refused
    if account_id is not None:
        _note_sent_now(account_id, letter_id, letter, language, number=number, now=now)
    if report is not None:
        note_report(report.row, report.report, now=now)


def _note_sent_now(
    account_id: int,
    letter_id: UUID,
    letter: str,
    language: str,
    *,
    number: int | None,
    now: datetime,
) -> None:
    """Write down, without its content, that a letter was sent on the spot."""
    with transaction.atomic():
        Letter.objects.create(
            account_id=account_id,
            id=letter_id,
            letter=letter,
            locale=language,
            state=State.BOUNCED if number is None else State.SENT,
            written_at=now,
            due_at=now,
            sent_at=None if number is None else now,
        )
        if number is not None:
            note_step(account_id, letter_id=letter_id, fate=Fate.SENT, dispatch=number, now=now)


def deliver(account_id: int, *, letter_id: UUID, now: datetime) -> None:
    """Send a letter that waits; one that was sent, or is being sent, is left alone.

    To an address that takes no mail it is not sent: it stands on the page of letters (ADR 415).
    Raises Unavailable: the mail server is away; the letter waits on.
    """
    row = _claimed(account_id, letter_id, now)
    if row is None:
        return
    content = opened(row)
    if LETTERS[row.letter].kind is Kind.OFFER:
        deliver_offer(row, content, now=now)
        return
    reach = reach_in(content)
    address = reach.to or accounts.email(account_id)
    if address is None or not _by_mail(row, address, now):
        end(row, state=_without_mail(account_id, address), now=now)
        return
    written = write(
        row.letter, content=content, language=row.locale, zone=profiles.time_zone(account_id)
    )
    try:
        number = mails.send(
            written, to=address, letter_id=row.id, account_id=account_id, reach=reach, now=now
        )
    except Unavailable:
        with transaction.atomic():
            rows_of(row).update(claimed_until=None)
            note_step(account_id, letter_id=row.id, fate=Fate.DEFERRED, now=now)
        raise
    except NotTaken as refused:
        _not_taken(row, refused, now)
        return
    end(row, state=State.SENT, dispatch=number, now=now)


def _by_mail(row: Letter, address: str, now: datetime) -> bool:
    """Tell whether a letter is mailed: its address takes mail, and its reader wants mail."""
    if marked(row.account_id, address=address, now=now) is not None:
        return False
    return goes_by_mail(row.letter) or preferences.channel(row.account_id) == preferences.MAIL


def _without_mail(account_id: int, address: str | None) -> State:
    """Return what becomes of a letter that is not mailed: strangers have no page to read it on."""
    gone = address is None or account_id == OPERATOR_ACCOUNT_ID
    return State.GIVEN_UP if gone else State.ON_PAGE


def _not_taken(row: Letter, refused: NotTaken, now: datetime) -> None:
    """Note that the server will never take a letter; its customer reads it on the page."""
    with transaction.atomic():
        note_report(refused.row, refused.report, now=now)
        end(row, state=_without_mail(row.account_id, ""), now=now)


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
            end(row, state=State.GIVEN_UP, now=now)
            return
        rows_of(row).update(due_at=now + max(LOOKED_AFTER, now - row.written_at))
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
            rows_of(row).update(claimed_until=now + CLAIMED, attempts=row.attempts + 1)
    return row


def _language(account_id: int, reach: Reach | None) -> str:
    if reach is not None and reach.language is not None:
        return reach.language
    return accounts.account(account_id).locale
