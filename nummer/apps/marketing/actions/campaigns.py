"""Segments and campaigns: written by one person, released by another, stopped by anybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction

from nummer.apps.agreements.offers import Purpose
from nummer.apps.audit import actions as audit
from nummer.apps.marketing.errors import (
    CampaignIncomplete,
    CampaignNeedsAnotherPerson,
    CampaignNotDraft,
    NoSuchCampaign,
    NoSuchSegment,
)
from nummer.apps.marketing.models import Campaign, CampaignState, Segment
from nummer.apps.marketing.segments import Rules, checked
from nummer.kernel.ids import new_id
from nummer.kernel.locale import LANGUAGES


@dataclass(frozen=True, slots=True)
class Text:
    """What a campaign says, by language."""

    subjects: Mapping[str, str] = field(repr=False)
    bodies: Mapping[str, str] = field(repr=False)

    def complete(self) -> bool:
        """Tell whether every language has a subject and a text."""
        return all(
            self.subjects.get(language, "").strip() and self.bodies.get(language, "").strip()
            for language in LANGUAGES
        )


def save_segment(*, name: str, rules: Rules, actor: str, now: datetime) -> UUID:
    """Keep a query over the facts that may be asked for. Refuses: SegmentRefused."""
    kept = checked(rules)
    segment_id = new_id()
    with transaction.atomic():
        Segment.objects.create(id=segment_id, name=name, rules=kept, actor=actor, created_at=now)
        _record("save_segment", segment_id, segment=True, actor=actor, now=now)
    return segment_id


def put_segment_away(segment_id: UUID, *, actor: str, now: datetime) -> None:
    """Offer a segment for no new campaign. Repeating it changes nothing. Refuses: NoSuchSegment."""
    with transaction.atomic():
        if not Segment.objects.filter(id=segment_id).exists():
            raise NoSuchSegment
        if Segment.objects.filter(id=segment_id, put_away_at=None).update(put_away_at=now):
            _record("put_away", segment_id, segment=True, actor=actor, now=now)


def draft(
    *, name: str, segment_id: UUID, purpose: Purpose, text: Text, actor: str, now: datetime
) -> UUID:
    """Write a campaign; nothing is sent. Refuses: NoSuchSegment."""
    if not Segment.objects.filter(id=segment_id, put_away_at=None).exists():
        raise NoSuchSegment
    campaign_id = new_id()
    with transaction.atomic():
        Campaign.objects.create(
            id=campaign_id,
            segment_id=segment_id,
            name=name,
            purpose=purpose.value,
            subjects=dict(text.subjects),
            bodies=dict(text.bodies),
            actor=actor,
            created_at=now,
        )
        _record("draft", campaign_id, actor=actor, now=now)
    return campaign_id


def rewrite(campaign_id: UUID, *, text: Text, actor: str, now: datetime) -> None:
    """Change the words of a draft; who does becomes its author, and another one releases it.

    Refuses: NoSuchCampaign, CampaignNotDraft. Locks: the campaign.
    """
    with transaction.atomic():
        row = _draft(campaign_id)
        row.subjects, row.bodies, row.actor = dict(text.subjects), dict(text.bodies), actor
        row.save(update_fields=["subjects", "bodies", "actor"])
        _record("rewrite", campaign_id, actor=actor, now=now)


def release(campaign_id: UUID, *, actor: str, now: datetime) -> None:
    """Have a campaign sent, as another person than who wrote it.

    Refuses: NoSuchCampaign, CampaignNotDraft, CampaignIncomplete, CampaignNeedsAnotherPerson.
    Locks: the campaign.
    """
    with transaction.atomic():
        row = _draft(campaign_id)
        if not Text(row.subjects, row.bodies).complete():
            raise CampaignIncomplete
        if row.actor == actor:
            raise CampaignNeedsAnotherPerson
        row.rules = Segment.objects.get(id=row.segment_id).rules
        row.released_by, row.released_at, row.due_at = actor, now, now
        row.state = CampaignState.SENDING
        row.save()
        _record("release", campaign_id, actor=actor, now=now)


def stop(campaign_id: UUID, *, actor: str, now: datetime) -> None:
    """Send a campaign to nobody else. Repeating it changes nothing. Refuses: NoSuchCampaign."""
    with transaction.atomic():
        row = _locked(campaign_id)
        if row.state in (CampaignState.DRAFT, CampaignState.SENDING):
            row.state, row.due_at, row.ended_at = CampaignState.STOPPED, None, now
            row.save(update_fields=["state", "due_at", "ended_at"])
            _record("stop", campaign_id, actor=actor, now=now)


def _draft(campaign_id: UUID) -> Campaign:
    row = _locked(campaign_id)
    if row.state != CampaignState.DRAFT:
        raise CampaignNotDraft
    return row


def _locked(campaign_id: UUID) -> Campaign:
    row = Campaign.objects.select_for_update().filter(id=campaign_id).first()
    if row is None:
        raise NoSuchCampaign
    return row


def _record(verb: str, row: UUID, *, segment: bool = False, actor: str, now: datetime) -> None:
    place = "marketing_segment" if segment else "marketing_campaign"
    audit.record(actor=actor, verb=verb, place=place, row=str(row), now=now)
