"""Tables of calls."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from nummer.apps.vault.fields import SealedField
from nummer.apps.vault.keys import KeyClass
from nummer.policy.calls import CallState
from nummer.policy.calls.destinations import Destination

STATES = [(state.value, state.value) for state in CallState]
OPEN = [CallState.ALLOWED.value, CallState.TALKING.value]


class Line(models.Model):
    """What an account may do with calls, and what it did lately; locked by whatever changes a call.

    An hour and a day begin with the first call after the last one. No limit of its own: what holds
    for everybody. `opened` are the dear destinations that the customer opened (`Destination`).
    """

    account_id = models.BigIntegerField(primary_key=True)
    at_once_max = models.PositiveSmallIntegerField(null=True)
    per_second_max = models.PositiveSmallIntegerField(null=True)
    hour_max_micro = models.BigIntegerField(null=True)
    day_max_micro = models.BigIntegerField(null=True)
    opened = ArrayField(models.CharField(max_length=12), default=list)
    second_from = models.DateTimeField()
    second_count = models.PositiveIntegerField(default=0)
    hour_from = models.DateTimeField()
    hour_micro = models.BigIntegerField(default=0)
    day_from = models.DateTimeField()
    day_micro = models.BigIntegerField(default=0)


class Package(models.Model):
    """Minutes that were bought: used before money, for calls of their class, until they end."""

    pk = models.CompositePrimaryKey("account_id", "id")
    account_id = models.BigIntegerField()
    id = models.UUIDField()
    local = models.BooleanField()
    whole_s = models.PositiveIntegerField()
    used_s = models.PositiveIntegerField(default=0)
    kept_s = models.PositiveIntegerField(default=0)  # for calls that go on
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        """No second is covered twice."""

        constraints = (
            models.CheckConstraint(
                condition=Q(whole_s__gte=F("used_s") + F("kept_s")),
                name="package_covers_no_more_than_it_has",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("begins_at")), name="package_ends_after_it_begins"
            ),
        )


class Call(models.Model):
    """A call that a rented number makes; `dialog_index` is by what the engine knows it.

    Its terms stand in it for good. `allowed_s` is how long may be talked with what is held;
    `due_at` is when the sweeper looks whether it still goes on.
    """

    pk = models.CompositePrimaryKey("account_id", "id")
    account_id = models.BigIntegerField()
    id = models.UUIDField()
    dialog_index = models.BinaryField()
    lease_id = models.UUIDField()
    device_id = models.UUIDField(null=True)
    e164 = models.CharField(max_length=16)  # our number
    theirs_index = models.BinaryField(null=True)
    content = SealedField(klass=KeyClass.COMMUNICATION, null=True)  # the number that was called
    destination = models.CharField(max_length=12, choices=[(d.value, d.value) for d in Destination])
    state = models.CharField(max_length=8, choices=STATES)
    carrier = models.CharField(max_length=20)
    cost_id = models.UUIDField()
    rate_id = models.UUIDField()
    local = models.BooleanField()
    currency = models.CharField(max_length=3)
    tax_bp = models.IntegerField()
    setup_net_micro = models.BigIntegerField()
    minute_net_micro = models.BigIntegerField()
    minimum_s = models.PositiveSmallIntegerField()
    step_s = models.PositiveSmallIntegerField()
    free_s = models.PositiveSmallIntegerField()
    package_id = models.UUIDField(null=True)
    package_s = models.PositiveIntegerField()  # kept for it
    allowed_s = models.PositiveIntegerField()
    held_micro = models.BigIntegerField()
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    talk_s = models.PositiveIntegerField(null=True)
    billed_s = models.PositiveIntegerField(null=True)
    covered_s = models.PositiveIntegerField(null=True)  # by its package
    net_micro = models.BigIntegerField(null=True)
    tax_micro = models.BigIntegerField(null=True)
    reason = models.CharField(max_length=20, default="", blank=True)

    class Meta:
        """What belongs together, and the paths of sweeper and lists."""

        constraints = (
            models.UniqueConstraint(fields=["account_id", "dialog_index"], name="call_once"),
            models.CheckConstraint(
                condition=Q(
                    state__in=OPEN,
                    ended_at=None,
                    talk_s=None,
                    net_micro=None,
                    due_at__isnull=False,
                )
                | Q(
                    state=CallState.ENDED.value,
                    due_at=None,
                    answered_at__isnull=False,
                    ended_at__isnull=False,
                    talk_s__isnull=False,
                    net_micro__isnull=False,
                    tax_micro__isnull=False,
                )
                | Q(
                    state=CallState.FAILED.value,
                    due_at=None,
                    answered_at=None,
                    ended_at__isnull=False,
                    talk_s=0,
                    net_micro=0,
                    tax_micro=0,
                ),
                name="call_is_settled_exactly_at_its_end",
            ),
            models.CheckConstraint(
                condition=Q(talk_s=None) | Q(talk_s__lte=F("allowed_s")),
                name="call_talks_no_longer_than_allowed",
            ),
            models.CheckConstraint(
                condition=Q(net_micro=None) | Q(held_micro__gte=F("net_micro") + F("tax_micro")),
                name="call_takes_no_more_than_held",
            ),
        )
        indexes = (
            models.Index(fields=["account_id"], name="call_open", condition=Q(state__in=OPEN)),
            models.Index(fields=["due_at"], name="call_due", condition=Q(due_at__isnull=False)),
            models.Index(fields=["account_id", "lease_id", "id"], name="call_of_lease"),
            models.Index(fields=["account_id", "theirs_index", "id"], name="call_with"),
            models.Index(
                fields=["ended_at"], name="call_content", condition=Q(content__isnull=False)
            ),
        )
