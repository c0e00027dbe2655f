"""Tables of segments, campaigns and who got them, and of what customers tell of themselves."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from nummer.apps.vault.fields import SealedField
from nummer.apps.vault.keys import KeyClass


class Segment(models.Model):
    """A saved query: `rules` is a table from facts of the allow-list to values."""

    id = models.UUIDField(primary_key=True, editable=False)
    name = models.CharField(max_length=80)
    rules = models.JSONField()
    actor = models.CharField(max_length=40)
    created_at = models.DateTimeField()
    put_away_at = models.DateTimeField(null=True)


class CampaignState(models.TextChoices):
    """How far a campaign came; the last two are final."""

    DRAFT = "draft"
    SENDING = "sending"
    DONE = "done"
    STOPPED = "stopped"


class Campaign(models.Model):
    """A text for those of a segment who agree to its purpose.

    `rules` are those of the segment when it was released. `after_id` is the last account that a
    batch looked at, `due_at` when the next one does.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    segment_id = models.UUIDField()
    name = models.CharField(max_length=80)
    purpose = models.CharField(max_length=10)
    subjects = models.JSONField()  # by language
    bodies = models.JSONField()  # by language
    state = models.CharField(max_length=7, choices=CampaignState, default=CampaignState.DRAFT)
    actor = models.CharField(max_length=40)
    created_at = models.DateTimeField()
    rules = models.JSONField(null=True)
    released_by = models.CharField(max_length=40, default="", blank=True)
    released_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    after_id = models.BigIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        """Released by another person, and due exactly while it is sent."""

        constraints = (
            models.CheckConstraint(
                condition=~Q(released_by=F("actor")), name="campaign_released_by_another"
            ),
            models.CheckConstraint(
                condition=Q(state="draft", released_at=None)
                | Q(state="stopped")
                | Q(
                    ~Q(released_by=""),
                    state__in=["sending", "done"],
                    released_at__isnull=False,
                    rules__isnull=False,
                ),
                name="campaign_sent_once_released",
            ),
            models.CheckConstraint(
                condition=Q(state="sending", due_at__isnull=False)
                | (~Q(state="sending") & Q(due_at=None)),
                name="campaign_due_while_it_is_sent",
            ),
        )
        indexes = (
            models.Index(fields=["due_at"], name="campaign_due", condition=Q(due_at__isnull=False)),
        )


class Recipient(models.Model):
    """A customer whom a campaign wrote to; once."""

    pk = models.CompositePrimaryKey("account_id", "campaign_id")
    account_id = models.BigIntegerField()
    campaign_id = models.UUIDField()
    letter_id = models.UUIDField()
    at = models.DateTimeField()

    class Meta:
        """Counted by campaign."""

        indexes = (models.Index(fields=["campaign_id"], name="recipient_of_campaign"),)


class Profile(models.Model):
    """What a customer tells of himself because he wants to; every field may stay empty (LD-D4)."""

    account_id = models.BigIntegerField(primary_key=True)
    interest = models.CharField(max_length=10, default="", blank=True)
    age_group = SealedField(klass=KeyClass.IDENTITY, null=True)
    usage = SealedField(klass=KeyClass.IDENTITY, null=True)
    satisfaction = models.SmallIntegerField(null=True)
    changed_at = models.DateTimeField()

    class Meta:
        """Satisfaction is one of five marks."""

        constraints = (
            models.CheckConstraint(
                condition=Q(satisfaction=None) | Q(satisfaction__range=(1, 5)),
                name="profile_satisfaction_is_one_to_five",
            ),
        )
