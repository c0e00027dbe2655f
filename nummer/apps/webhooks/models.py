"""Tables of endpoints, events and deliveries."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from nummer.apps.vault.fields import SealedField
from nummer.apps.vault.keys import KeyClass
from nummer.apps.webhooks.kinds import DeliveryState, EndpointState


class Endpoint(models.Model):
    """An address of a customer's server, and how it is called.

    `failing_since` is when it began to refuse everything, None while it takes something.
    `resting_until` is when a job may call it again: one job at a time has it, and one that
    failed rests. `slow` endpoints share workers of their own (ADR 251). `hosts` are keyed digests
    of its hosts' names, by which a host is found to be new.
    """

    pk = models.CompositePrimaryKey("account_id", "id")
    account_id = models.BigIntegerField()
    id = models.UUIDField()
    sort = models.CharField(max_length=7)
    dialect = models.CharField(max_length=10)
    lease_id = models.UUIDField(null=True)
    purpose = models.CharField(max_length=6, blank=True)
    method = models.CharField(max_length=4)
    kinds = ArrayField(models.CharField(max_length=30))  # empty: all
    url = SealedField(klass=KeyClass.IDENTITY)
    fallback_url = SealedField(klass=KeyClass.IDENTITY, null=True)
    secret = SealedField(klass=KeyClass.IDENTITY, null=True)
    old_secret = SealedField(klass=KeyClass.IDENTITY, null=True)
    old_secret_until = models.DateTimeField(null=True)
    state = models.CharField(max_length=6, choices=EndpointState, default=EndpointState.ON)
    failing_since = models.DateTimeField(null=True)
    resting_until = models.DateTimeField(null=True)
    slow = models.BooleanField(default=False)
    hosts = ArrayField(models.UUIDField(), db_default=[])
    created_at = models.DateTimeField()

    class Meta:
        """What belongs together, and the path of a host."""

        indexes = (GinIndex(fields=["hosts"], name="endpoint_hosts"),)

        constraints = (
            models.UniqueConstraint(
                fields=["account_id", "lease_id", "purpose"],
                condition=Q(sort="lease"),
                name="endpoint_once_for_a_purpose_of_a_lease",
            ),
            models.CheckConstraint(
                condition=(Q(sort="lease", lease_id__isnull=False) & ~Q(purpose=""))
                | Q(sort__in=["account", "message"], lease_id=None, purpose=""),
                name="endpoint_of_a_lease_names_it",
            ),
            models.CheckConstraint(
                condition=Q(old_secret=None, old_secret_until=None)
                | Q(old_secret__isnull=False, old_secret_until__isnull=False),
                name="endpoint_old_secret_ends",
            ),
        )


class Event(models.Model):
    """Something that happened to a subject; what it was is read from the subject when it is sent.

    `word` is the subject's state at that moment, where a dialect tells each of them.
    """

    pk = models.CompositePrimaryKey("account_id", "id")
    account_id = models.BigIntegerField()
    id = models.UUIDField()
    kind = models.CharField(max_length=30)
    subject_id = models.UUIDField()
    lease_id = models.UUIDField(null=True)
    word = models.CharField(max_length=20, blank=True)
    at = models.DateTimeField()

    class Meta:
        """The path of those that are old."""

        indexes = (models.Index(fields=["at"], name="webhook_event_old"),)


class Delivery(models.Model):
    """An event on its way to one endpoint."""

    pk = models.CompositePrimaryKey("account_id", "endpoint_id", "event_id")
    account_id = models.BigIntegerField()
    endpoint_id = models.UUIDField()
    event_id = models.UUIDField()
    state = models.CharField(max_length=7, choices=DeliveryState)
    tries = models.PositiveSmallIntegerField(default=0)  # since the event, or since its replay
    attempts = models.PositiveIntegerField(default=0)  # in all
    next_at = models.DateTimeField(null=True)
    last_status = models.PositiveSmallIntegerField(null=True)
    last_at = models.DateTimeField(null=True)

    class Meta:
        """It waits exactly while it has a next moment; and the path of the sweeper."""

        constraints = (
            models.CheckConstraint(
                condition=Q(state="waiting", next_at__isnull=False)
                | (~Q(state="waiting") & Q(next_at=None)),
                name="delivery_waits_exactly_with_a_moment",
            ),
        )
        indexes = (
            models.Index(
                fields=["account_id", "endpoint_id", "next_at"],
                name="delivery_waiting",
                condition=Q(next_at__isnull=False),
            ),
            models.Index(fields=["account_id", "event_id"], name="delivery_of_event"),
        )


class Attempt(models.Model):
    """One call: what came back, never its words."""

    pk = models.CompositePrimaryKey("account_id", "endpoint_id", "event_id", "place")
    account_id = models.BigIntegerField()
    endpoint_id = models.UUIDField()
    event_id = models.UUIDField()
    place = models.PositiveIntegerField()  # from 1
    at = models.DateTimeField()
    status = models.PositiveSmallIntegerField(null=True)  # None where no answer came
    error = models.CharField(max_length=20, blank=True)  # a word of `ports.Failure`
    duration_ms = models.PositiveIntegerField()
    answer_bytes = models.PositiveIntegerField()


class Follow(models.Model):
    """An address that is told of every change of one subject, besides the account's endpoints."""

    pk = models.CompositePrimaryKey("account_id", "subject_id", "endpoint_id")
    account_id = models.BigIntegerField()
    subject_id = models.UUIDField()
    endpoint_id = models.UUIDField()
    at = models.DateTimeField()

    class Meta:
        """The path of those that are old."""

        indexes = (models.Index(fields=["at"], name="webhook_follow_old"),)
