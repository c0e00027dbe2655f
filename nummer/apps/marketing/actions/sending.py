"""Sends a released campaign batch by batch; each batch is a fire of its due row."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from nummer.apps.agreements import offers
from nummer.apps.agreements.offers import Purpose
from nummer.apps.marketing import segments
from nummer.apps.marketing.models import Campaign, CampaignState, Recipient
from nummer.apps.notify import unsubscribing
from nummer.apps.notify.actions import send_letter
from nummer.kernel.ids import id_of

BATCH: Final = 100
APART: Final = timedelta(seconds=10)  # between two batches: mail servers like it slow


def send_batch(campaign_id: UUID, *, now: datetime) -> int:
    """Write to the next customers of a campaign and return how many; each gets one letter.

    Who is in it, and who agrees, is asked now; whether he still agrees is asked once more when the
    letter leaves. Letters, recipients and the place that was reached are one transaction: a batch
    that is killed was never begun. Locks: the campaign.
    """
    with transaction.atomic():
        row = (
            Campaign.objects.select_for_update()
            .filter(id=campaign_id, state=CampaignState.SENDING, due_at__lte=now)
            .first()
        )
        if row is None:
            return 0
        purpose = Purpose(row.purpose)
        found = segments.members(
            row.rules or {}, purpose=purpose, after=row.after_id, limit=BATCH, now=now
        )
        for account_id in found:
            _write(row, account_id, purpose, now)
        row.after_id = found[-1] if found else row.after_id
        row.due_at = now + APART
        if len(found) < BATCH:
            row.state, row.due_at, row.ended_at = CampaignState.DONE, None, now
        row.save(update_fields=["after_id", "due_at", "state", "ended_at"])
        return len(found)


def _write(row: Campaign, account_id: int, purpose: Purpose, now: datetime) -> None:
    if not offers.channels_held(account_id, purpose=purpose):  # withdrawn since it was found
        return
    letter_id = id_of("campaign", row.id, account_id)
    _, fresh = Recipient.objects.get_or_create(
        account_id=account_id,
        campaign_id=row.id,
        defaults={"letter_id": letter_id, "at": now},
    )
    if fresh:
        send_letter(
            account_id,
            letter="campaign",
            context={
                "purpose": purpose.value,
                "subjects": row.subjects,
                "bodies": row.bodies,
                "unsubscribe": unsubscribing.link(account_id, purpose=purpose),
            },
            now=now,
            key=letter_id,
        )
