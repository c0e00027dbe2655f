"""The verbs of stock and activations.

A slot is claimed and its activation opened by functions in SQL (`numbers_free_slot`,
`numbers_open`), which a purchase calls in its one statement.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection, transaction

from nummer.apps.numbers.errors import (
    ActivationClosed,
    NoCodeYet,
    NoSuchActivation,
    NumberOfOtherUse,
)
from nummer.apps.numbers.importing.lines import NumberLine
from nummer.apps.numbers.models import (
    CODELESS_ENDS,
    OPEN_STATES,
    Activation,
    ActivationState,
    Number,
    NumberStatus,
    Slot,
    Use,
)
from nummer.kernel.ids import new_id
from nummer.kernel.phone import PhoneNumber

ACTIVATION_CHANNEL: Final = "nummer_activation"


def announce_sms(account_id: int, *, activation_id: int, now: datetime) -> None:
    """Note that the customer says the service has sent its SMS.

    Refuses: NoSuchActivation, ActivationClosed. Locks: the activation.
    """
    with transaction.atomic():
        row = _locked(account_id, activation_id)
        _require_open(row)
        row.announced_at = row.announced_at or now
        row.save(update_fields=["announced_at"])


def ask_another_code(account_id: int, *, activation_id: int, now: datetime) -> None:
    """Wait for a further code on the same number, free of charge, until the window ends.

    Refuses: NoSuchActivation, ActivationClosed, NoCodeYet. Locks: the activation.
    """
    with transaction.atomic():
        row = _locked(account_id, activation_id)
        _require_open(row)
        if row.state != ActivationState.SHOWN:
            raise NoCodeYet
        row.another_asked_at = now
        row.save(update_fields=["another_asked_at"])
        _announce_change(row)


def lock_number(number_id: UUID) -> None:
    """Let nobody block or withdraw a number before the transaction ends. Locks: its row."""
    Number.objects.select_for_update().filter(id=number_id).values_list("id").first()


def withdraw_number(number_id: UUID) -> None:
    """Note that a number for rent has gone to another provider and is no longer ours."""
    Number.objects.filter(id=number_id, use=Use.RENT).update(status=NumberStatus.WITHDRAWN)


def finish_activation(account_id: int, *, activation_id: int, now: datetime) -> bool:
    """End an activation whose code was shown; say whether this call ended it.

    Finishing twice is finishing once. Faces call `refunds.actions.finish_activation`.

    Refuses: NoSuchActivation, ActivationClosed (it ended without a code), NoCodeYet.
    Locks: the activation, then its slot.
    """
    with transaction.atomic():
        row = _locked(account_id, activation_id)
        if row.state == ActivationState.FINISHED:
            return False
        _require_open(row)
        if row.state == ActivationState.WAITING:
            raise NoCodeYet
        close_activation(row, end=ActivationState.FINISHED, now=now)
        return True


def locked_activation(account_id: int, *, key: UUID) -> Activation:
    """Return the activation with its row locked until the transaction ends."""
    return Activation.objects.select_for_update().get(account_id=account_id, id=key)


def locked_by_public_id(account_id: int, *, activation_id: int) -> Activation:
    """Return the activation with its row locked. Refuses: NoSuchActivation."""
    return _locked(account_id, activation_id)


def close_activation(row: Activation, *, end: ActivationState, now: datetime) -> None:
    """Write the end of a locked, open activation and release its slot for good.

    Locks: the slot, after the activation.
    """
    assert row.state in OPEN_STATES, "only an open activation ends"
    assert end not in OPEN_STATES, "an end is final"
    assert (end in CODELESS_ENDS) == (row.displayed_at is None), "a code decides how it ends"
    row.state = end
    row.closed_at = now
    row.save(update_fields=["state", "closed_at"])
    Slot.objects.filter(id=row.slot_id, activation_id=row.id).update(released_at=now)
    _announce_change(row)


def stock_slots(*, service: str) -> int:
    """Make the slots a service still lacks, one for each number that takes SMS; return how many.

    Numbers that are blocked or withdrawn get none. Repeating it adds nothing.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO numbers_slot (number_id, e164, service_code, country, carrier, withdrawn)
            SELECT n.id, n.e164, %(service)s, n.country, n.carrier, false FROM numbers_number n
             WHERE n.sms AND n.status = 'active' AND n.use = 'codes'
             ORDER BY n.id
            ON CONFLICT (number_id, service_code) DO NOTHING
            """,
            {"service": service},
        )
        return int(cursor.rowcount)


def add_for_rent(lines: Sequence[NumberLine], *, now: datetime) -> dict[str, UUID]:
    """Take numbers into the stock that are for rent; return those that are new: E.164 and id.

    They get no slots, now or later. A number that we have already stays what it is.
    """
    wanted = {line.number.e164: new_id() for line in lines}
    Number.objects.bulk_create(
        [
            Number(
                id=wanted[line.number.e164],
                e164=line.number.e164,
                country=line.country,
                carrier=line.carrier,
                kind=line.kind,
                sms=line.sms,
                voice=line.voice,
                added_at=now,
                use=Use.RENT,
            )
            for line in lines
        ],
        ignore_conflicts=True,
    )
    rows = Number.objects.filter(id__in=wanted.values()).order_by("id")
    return {row.e164: row.id for row in rows}


def add_for_probes(line: NumberLine, *, now: datetime) -> None:
    """Take a number into the stock to which nothing comes but probes; it is never sold.

    Repeating it changes nothing. Refuses: NumberOfOtherUse.
    """
    row, _ = Number.objects.get_or_create(
        e164=line.number.e164,
        defaults={
            "id": new_id(),
            "country": line.country,
            "carrier": line.carrier,
            "kind": line.kind,
            "sms": line.sms,
            "voice": line.voice,
            "added_at": now,
            "use": Use.PROBE,
        },
    )
    if row.use != Use.PROBE:
        raise NumberOfOtherUse


def block_number(number: PhoneNumber, *, now: datetime) -> list[tuple[int, UUID]]:
    """Take a number its carrier has blocked out of sale; return (account, key) of its open users.

    Ending their activations is for `refunds`, which owes them an answer. Repeating it changes
    nothing. Locks: the number and its slots.
    """
    with transaction.atomic():
        stock = Number.objects.select_for_update().filter(e164=number.e164)
        stock.filter(status=NumberStatus.ACTIVE).update(status=NumberStatus.BLOCKED, blocked_at=now)
        slots = Slot.objects.filter(e164=number.e164)
        slots.filter(claimed_at=None).update(withdrawn=True)
        open_slots = slots.filter(claimed_at__isnull=False, released_at=None).order_by("id")
        held = open_slots.values_list("account_id", "activation_id")
        return [(account, key) for account, key in held if account is not None and key is not None]


def _locked(account_id: int, public_id: int) -> Activation:
    try:
        return Activation.objects.select_for_update().get(
            account_id=account_id, public_id=public_id
        )
    except Activation.DoesNotExist:
        raise NoSuchActivation from None


def _require_open(row: Activation) -> None:
    if row.state not in OPEN_STATES:
        raise ActivationClosed(state=row.state)


def _announce_change(row: Activation) -> None:
    """Wake whoever watches this activation, once the transaction has committed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_notify(%s, %s)", [ACTIVATION_CHANNEL, f"{row.account_id}:{row.public_id}"]
        )
