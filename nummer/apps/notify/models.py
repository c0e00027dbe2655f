"""The table of letters."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from nummer.apps.vault.fields import SealedField
from nummer.apps.vault.keys import KeyClass


class State(models.TextChoices):
    """How far a letter came."""

    WAITING = "waiting"
    SENT = "sent"
    GIVEN_UP = "given_up"  # no address is known any more, or the mail server was away for days


class Letter(models.Model):
    """One letter; `id` is the key of whoever caused it."""

    pk = models.CompositePrimaryKey("account_id", "id")
    account_id = models.BigIntegerField()
    id = models.UUIDField()
    letter = models.CharField(max_length=30)
    locale = models.CharField(max_length=5)
    content = SealedField(klass=KeyClass.COMMUNICATION, null=True)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    attempts = models.SmallIntegerField(default=0)
    written_at = models.DateTimeField()
    due_at = models.DateTimeField()
    claimed_until = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        """A letter that waits has its content."""

        constraints = (
            models.CheckConstraint(
                condition=~Q(state="waiting") | Q(content__isnull=False),
                name="letter_that_waits_has_its_content",
            ),
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False)
                | (~Q(state="sent") & Q(sent_at=None)),
                name="letter_sent_exactly_when_it_says_when",
            ),
        )
        indexes = (
            models.Index(fields=["due_at"], name="letter_waiting", condition=Q(state="waiting")),
        )
