"""Tables of probes; all of them are the operator's, none knows a customer."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q


class Rules(models.Model):
    """How often is probed, when a probe has failed, and what all probes may cost; one row."""

    id = models.SmallIntegerField(primary_key=True)
    every_minutes = models.IntegerField()
    wait_minutes = models.IntegerField()
    failures_in_row = models.IntegerField()
    per_day_max = models.IntegerField()
    euro_micro_per_day_max = models.BigIntegerField()
    declares = models.BooleanField()  # an outage is made known without a person
    changed_at = models.DateTimeField()

    class Meta:
        """There is one row, and what it says is possible."""

        constraints = (
            models.CheckConstraint(condition=Q(id=1), name="probe_rules_are_one_row"),
            models.CheckConstraint(
                condition=Q(
                    wait_minutes__gte=1,
                    every_minutes__gt=F("wait_minutes"),
                    failures_in_row__gte=1,
                    per_day_max__gte=0,
                    euro_micro_per_day_max__gte=0,
                ),
                name="probe_rules_wait_less_than_they_repeat",
            ),
        )


class Plan(models.Model):
    """A route that is probed: SMS over one carrier to one number that is kept for probes.

    `country` and `number_carrier` are where the number lives. `failing_since` is when the first of
    the probes was started that failed one after the other.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    carrier = models.CharField(max_length=20)
    number = models.CharField(max_length=16)
    country = models.CharField(max_length=2)
    number_carrier = models.CharField(max_length=20)
    added_at = models.DateTimeField()
    next_at = models.DateTimeField()
    paused_at = models.DateTimeField(null=True)
    skipped_at = models.DateTimeField(null=True)  # when a limit, or a missing route, last kept one
    failed_in_row = models.IntegerField(default=0)
    failing_since = models.DateTimeField(null=True)

    class Meta:
        """A route is probed once with a number."""

        constraints = (
            models.UniqueConstraint(fields=["carrier", "number"], name="probe_plan_once"),
            models.CheckConstraint(
                condition=Q(failed_in_row=0, failing_since=None)
                | Q(failed_in_row__gt=0, failing_since__isnull=False),
                name="probe_plan_fails_since_a_moment",
            ),
        )
        indexes = (
            models.Index(fields=["next_at"], name="probe_plan_due", condition=Q(paused_at=None)),
        )


class Outcome(models.TextChoices):
    """How a probe ended."""

    ARRIVED = "arrived"
    LOST = "lost"  # a carrier had it, and it did not come in time
    REFUSED = "refused"  # by the carrier
    NOT_TAKEN = "not_taken"  # no link of the carrier took it in time
    UNJUDGED = "unjudged"  # the program itself was away: nobody knows


FAILURES = (Outcome.LOST, Outcome.REFUSED, Outcome.NOT_TAKEN)


class Probe(models.Model):
    """One text over a route, and every moment on its way; `token` is what it says.

    `counted` is false where work was planned, so that its end says nothing about the route.
    `reserved_euro_micro` is what it was expected to cost when it started.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT)
    token = models.CharField(max_length=16)
    text_id = models.UUIDField()
    started_at = models.DateTimeField()
    wait_until = models.DateTimeField()
    taken_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    receipt = models.CharField(max_length=11, blank=True)
    receipt_at = models.DateTimeField(null=True)
    arrived_at = models.DateTimeField(null=True)
    arrived_over = models.CharField(max_length=20, blank=True)
    outcome = models.CharField(max_length=9, choices=Outcome, blank=True)
    counted = models.BooleanField(default=True)
    ended_at = models.DateTimeField(null=True)
    look_at = models.DateTimeField(null=True)
    cost_micro = models.BigIntegerField(null=True)
    cost_currency = models.CharField(max_length=3, blank=True)
    reserved_euro_micro = models.BigIntegerField(default=0)

    class Meta:
        """A probe is looked after until it ended; of a plan one is under way."""

        constraints = (
            models.UniqueConstraint(
                fields=["plan"], condition=Q(ended_at=None), name="probe_one_under_way"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, outcome="", look_at__isnull=False)
                | (Q(ended_at__isnull=False, look_at=None) & ~Q(outcome="")),
                name="probe_is_looked_after_until_it_ended",
            ),
            models.CheckConstraint(
                condition=Q(outcome="arrived", arrived_at__isnull=False)
                | ~Q(outcome__in=["arrived", "lost"])
                | Q(outcome="lost", arrived_at=None),
                name="probe_arrived_exactly_where_it_came",
            ),
        )
        indexes = (
            models.Index(fields=["look_at"], name="probe_due", condition=Q(ended_at=None)),
            models.Index(fields=["plan", "-id"], name="probe_of_plan"),
            models.Index(fields=["started_at"], name="probe_started"),
        )


class Spell(models.Model):
    """A time in which a plan's probes failed one after the other, as often as the rules say."""

    id = models.UUIDField(primary_key=True, editable=False)
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT)
    carrier = models.CharField(max_length=20)
    country = models.CharField(max_length=2)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    draft_id = models.UUIDField(null=True)
    incident_id = models.UUIDField(null=True)  # where the rules let it be made known at once

    class Meta:
        """One spell of a plan at a time, and it does not end before it began."""

        constraints = (
            models.UniqueConstraint(
                fields=["plan"], condition=Q(ended_at=None), name="probe_spell_open_once"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("began_at")),
                name="probe_spell_ends_after_it_began",
            ),
        )
        indexes = (
            models.Index(fields=["carrier", "country", "began_at"], name="probe_spell_of_place"),
        )
