"""What comes back about a letter: it is written down, and where it must, its address is marked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from nummer.apps.accounts import queries as accounts
from nummer.apps.agreements import offers
from nummer.apps.audit import actions as audit
from nummer.apps.notify.models import Address, Dispatch, Fate, Letter, Mark, State, Step
from nummer.apps.notify.ways import address_index, dispatch_of, is_return_path
from nummer.apps.vault.keys import OPERATOR_ACCOUNT_ID
from nummer.kernel.ids import id_of, new_id
from nummer.protocols.mail.returns import Report, Returned, read_report, return_path_in

# One full mailbox is nothing; one that takes nothing for days is no way to reach somebody.
SOFT_MARKS_AFTER: Final = 3  # different letters that were not taken …
SOFT_COUNTED_FOR: Final = timedelta(days=30)  # … within this time …
SOFT_APART: Final = timedelta(hours=72)  # … the first and the last so far apart
_FATES: Final = {
    Returned.HARD: Fate.BOUNCED,
    Returned.SOFT: Fate.REFUSED,
    Returned.DELAYED: Fate.DEFERRED,
    Returned.COMPLAINT: Fate.COMPLAINED,
}


def receive_report(
    raw: bytes, *, recipients: Sequence[str], null_sender: bool, now: datetime
) -> bool:
    """Take a mail that reports about one of ours; False: it is some other mail.

    The letter is found by a return path that we signed, and never by what the text says: a
    report that bears none changes nothing. What machines write to a return path besides, such as
    a note of absence, is taken and left.
    """
    back = any(is_return_path(address) for address in recipients)
    report = read_report(raw)
    if report is None:
        return back and null_sender
    enclosed = return_path_in(raw) if report.returned is Returned.COMPLAINT else None
    row = dispatch_of([*recipients, *([enclosed] if enclosed else [])], now=now)
    if row is not None:
        note_report(row, report, now=now)
    return back or row is not None


def note_report(row: Dispatch, report: Report, *, now: datetime) -> None:
    """Write down what became of a mail, once, and mark its address where the rule says so."""
    fate = _FATES[report.returned]
    with transaction.atomic():
        _, fresh = Step.objects.get_or_create(
            account_id=row.account_id,
            id=id_of("returned", row.number, fate),
            defaults={
                "letter_id": row.letter_id,
                "fate": fate,
                "status": report.status,
                "dispatch": row.number,
                "at": now,
            },
        )
        if not fresh or fate is Fate.DEFERRED:
            return
        if fate is not Fate.COMPLAINED:
            Letter.objects.filter(
                account_id=row.account_id, id=row.letter_id, state=State.SENT
            ).update(state=State.BOUNCED)
        if fate is Fate.COMPLAINED:
            _end_offers(row, now)
        if (mark := _mark(row, fate, now)) is not None:
            _set(row, mark, now)


def note_step(
    account_id: int, *, letter_id: UUID, fate: Fate, dispatch: int | None = None, now: datetime
) -> None:
    """Add a line to the record of a letter, in the caller's transaction."""
    Step.objects.create(
        account_id=account_id,
        id=new_id(),
        letter_id=letter_id,
        fate=fate,
        dispatch=dispatch,
        at=now,
    )


def marked(account_id: int, *, address: str, now: datetime) -> Address | None:
    """Return the mark of an address, None where mail may go there.

    Who has no account cannot confirm anything: his mark ends by itself.
    """
    row = Address.objects.filter(
        account_id=account_id, address_index=address_index(address), lifted_at=None
    ).first()
    if row is not None and account_id == OPERATOR_ACCOUNT_ID:
        return row if now - row.marked_at < SOFT_COUNTED_FOR else None
    return row


def lift_mark(account_id: int, *, address: str, now: datetime) -> None:
    """Let mail go to an address again: its reader showed that it arrives.

    What did not arrive before is no longer counted. Repeating it changes nothing.
    """
    with transaction.atomic():
        lifted = Address.objects.filter(
            account_id=account_id, address_index=address_index(address), lifted_at=None
        ).update(lifted_at=now)
        if lifted:
            audit.record(
                actor=f"customer:{account_id}",
                verb="lift_mark",
                place="notify_address",
                row=str(account_id),
                account_id=account_id,
                now=now,
            )


def _end_offers(row: Dispatch, now: datetime) -> None:
    """Take a complaint for an objection to every offer; the address is spared from then on."""
    offers.withdraw(row.account_id, surface="complaint", now=now)
    address = accounts.email(row.account_id)
    if address is not None and address_index(address) == bytes(row.address_index):
        offers.suppress(address, purpose=None, reason="complained", now=now)


def _mark(row: Dispatch, fate: Fate, now: datetime) -> Mark | None:
    match fate:
        case Fate.BOUNCED:
            return Mark.BOUNCED
        case Fate.COMPLAINED:
            return Mark.COMPLAINED
        case Fate.REFUSED if _refused_again_and_again(row, now):
            return Mark.REFUSED
    return None


def _refused_again_and_again(row: Dispatch, now: datetime) -> bool:
    known = Address.objects.filter(
        account_id=row.account_id, address_index=row.address_index
    ).first()
    since = now - SOFT_COUNTED_FOR
    if known is not None and known.lifted_at is not None:
        since = max(since, known.lifted_at)
    numbers = Dispatch.objects.filter(
        account_id=row.account_id, address_index=row.address_index
    ).order_by("number")
    refused = (
        Step.objects.filter(
            account_id=row.account_id,
            fate=Fate.REFUSED,
            dispatch__in=numbers.values("number"),
            at__gt=since,
        )
        .order_by("at")
        .values_list("at", flat=True)
    )
    moments = list(refused[:1000])
    return len(moments) >= SOFT_MARKS_AFTER and moments[-1] - moments[0] >= SOFT_APART


def _set(row: Dispatch, mark: Mark, now: datetime) -> None:
    index = bytes(row.address_index)
    Address.objects.filter(
        account_id=row.account_id, address_index=index, lifted_at__isnull=False
    ).delete()
    Address.objects.get_or_create(
        account_id=row.account_id,
        address_index=index,
        defaults={"mark": mark, "marked_at": now},
    )
    audit.record(
        actor="system:notify",
        verb="mark",
        place="notify_address",
        row=str(row.account_id),
        account_id=row.account_id,
        now=now,
    )
