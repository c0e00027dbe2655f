"""What others may read of campaigns; of persons only counts of at least ten."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection

from nummer.apps.agreements.offers import Purpose
from nummer.apps.marketing.actions.profiles import latest
from nummer.apps.marketing.errors import NoSuchCampaign
from nummer.apps.marketing.models import Campaign, Segment
from nummer.apps.marketing.segments import shown, size
from nummer.apps.notify.rendering import Written, write
from nummer.kernel.locale import LANGUAGES

PREVIEW_LINK: Final = "…"
PROFILES_MAX: Final = 2_000


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """A saved query."""

    id: UUID
    name: str
    rules: Mapping[str, Any]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class CampaignRow:
    """A campaign, without whom it went to."""

    id: UUID
    name: str
    purpose: str
    segment_id: UUID
    segment: str
    state: str
    actor: str
    released_by: str
    created_at: datetime
    released_at: datetime | None
    ended_at: datetime | None
    subjects: Mapping[str, str]
    bodies: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a campaign's letters, by fate; None is fewer than ten persons."""

    written: int | None
    by_state: Mapping[str, int | None]


def segments(*, limit: int = 100) -> list[SegmentRow]:
    """Return the segments that campaigns may use, newest first."""
    rows = Segment.objects.filter(put_away_at=None).order_by("-id")[:limit]
    return [SegmentRow(row.id, row.name, row.rules, row.created_at) for row in rows]


def reach(rules: Mapping[str, Any], *, now: datetime) -> dict[Purpose, int | None]:
    """Return how many of a segment agree to each purpose now; None is fewer than ten."""
    return {purpose: size(rules, purpose=purpose, now=now) for purpose in Purpose}


def told() -> list[tuple[str, str, int | None]]:
    """Return what customers tell of themselves as (field, word, count); None is fewer than ten.

    Of the PROFILES_MAX that were changed last.
    """
    counts: Counter[tuple[str, str]] = Counter()
    for said in latest(PROFILES_MAX):
        counts.update(
            (name, str(getattr(said, name)))
            for name in ("interest", "age_group", "usage", "satisfaction")
            if getattr(said, name) not in ("", None)
        )
    return [(name, word, shown(count)) for (name, word), count in sorted(counts.items())]


def campaigns(*, before: UUID | None = None, limit: int = 50) -> list[CampaignRow]:
    """Return the campaigns, newest first; `before` is the last id seen."""
    found = Campaign.objects.all() if before is None else Campaign.objects.filter(id__lt=before)
    return _rows(list(found.order_by("-id")[:limit]))


def campaign(campaign_id: UUID) -> CampaignRow:
    """Return one campaign. Refuses: NoSuchCampaign."""
    row = Campaign.objects.filter(id=campaign_id).first()
    if row is None:
        raise NoSuchCampaign
    return _rows([row])[0]


def preview(row: CampaignRow) -> list[tuple[str, Written]]:
    """Return the letter as its readers get it, in every language."""
    content = {
        "purpose": row.purpose,
        "subjects": {language: row.subjects.get(language, "") for language in LANGUAGES},
        "bodies": {language: row.bodies.get(language, "") for language in LANGUAGES},
        "unsubscribe": PREVIEW_LINK,
    }
    return [
        (language, write("campaign", content=content, language=language)) for language in LANGUAGES
    ]


def outcome(campaign_id: UUID) -> Outcome:
    """Return what became of a campaign's letters, as counts that name nobody."""
    with connection.cursor() as cursor:
        cursor.execute(_OUTCOME, [campaign_id])
        counts = {str(state): int(count) for state, count in cursor.fetchall()}
    return Outcome(
        shown(sum(counts.values())), {state: shown(count) for state, count in counts.items()}
    )


_OUTCOME: Final = """
SELECT l.state, count(*)
  FROM marketing_recipient r
  JOIN notify_letter l ON l.account_id = r.account_id AND l.id = r.letter_id
 WHERE r.campaign_id = %s
 GROUP BY l.state ORDER BY l.state
"""


def due(*, until: datetime, limit: int) -> list[tuple[datetime, UUID]]:
    """Return the campaigns whose next batch is due."""
    rows = Campaign.objects.filter(due_at__lte=until).order_by("due_at", "id")
    return [
        (at, campaign_id)
        for at, campaign_id in rows.values_list("due_at", "id")[:limit]
        if at is not None
    ]


def audit_lines() -> list[tuple[str, int, str]]:
    """Return (invariant, breaches, detail) for `nummer audit`."""
    with connection.cursor() as cursor:
        cursor.execute(_NOT_AGREED)
        breaches = int(cursor.fetchone()[0])
    name = "marketing: no campaign was sent to somebody who had said no before"
    return [(name, breaches, "letters")]


# By the record of consents. Who says no while his mail is being handed over has his word written
# with the moment at which he began to wait: a minute is allowed for that (ADR 416).
_NOT_AGREED: Final = """
SELECT count(*)
  FROM marketing_recipient r
  JOIN marketing_campaign k ON k.id = r.campaign_id
  JOIN notify_letter l ON l.account_id = r.account_id AND l.id = r.letter_id AND l.state = 'sent'
 WHERE NOT EXISTS (
   SELECT FROM agreements_consent yes
    WHERE yes.account_id = r.account_id AND yes.purpose = k.purpose || '.mail'
      AND yes.given AND yes.decided_at <= l.sent_at
      AND NOT EXISTS (
        SELECT FROM agreements_consent no
         WHERE no.account_id = yes.account_id AND no.purpose = yes.purpose AND NOT no.given
           AND no.decided_at > yes.decided_at
           AND no.decided_at < l.sent_at - interval '1 minute'))
"""


def _rows(rows: list[Campaign]) -> list[CampaignRow]:
    names = dict(
        Segment.objects.filter(id__in=[row.segment_id for row in rows])
        .order_by("id")
        .values_list("id", "name")
    )
    return [
        CampaignRow(
            row.id,
            row.name,
            row.purpose,
            row.segment_id,
            names.get(row.segment_id, ""),
            row.state,
            row.actor,
            row.released_by,
            row.created_at,
            row.released_at,
            row.ended_at,
            row.subjects,
            row.bodies,
        )
        for row in rows
    ]
