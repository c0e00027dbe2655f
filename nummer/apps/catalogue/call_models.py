"""Tables of what talk costs customers and us, and which carriers take it; about nobody."""

from __future__ import annotations

from typing import Final

from django.db import models
from django.db.models import Q

_PREFIX_MAX: Final = 15  # ITU-T E.164, section 6.1
_DIGITS: Final = r"^[0-9]*$"


class CallRate(models.Model):
    """What talk costs the customer, without tax; without a price of a minute the prefix ends.

    `local` rates hold only for numbers of the same country as ours, and go before others there.
    How the seconds are counted says `policy.calls.rating`.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    currency = models.CharField(max_length=3)
    local = models.BooleanField()
    prefix = models.CharField(max_length=_PREFIX_MAX, blank=True)  # digits; empty is every number
    setup_net_micro = models.BigIntegerField()
    minute_net_micro = models.BigIntegerField(null=True)
    minimum_s = models.PositiveSmallIntegerField()
    step_s = models.PositiveSmallIntegerField()
    free_s = models.PositiveSmallIntegerField()
    from_at = models.DateTimeField()

    class Meta:
        """Rates follow one another, so two never hold at once; found by prefix."""

        constraints = (
            models.UniqueConstraint(
                fields=["prefix", "currency", "local", "from_at"],
                name="call_rate_one_begins_at_a_moment",
            ),
            models.CheckConstraint(
                condition=(Q(minute_net_micro=None) | Q(minute_net_micro__gte=0))
                & Q(setup_net_micro__gte=0, minimum_s__gte=1, step_s__gte=1),
                name="call_rate_can_be_reckoned",
            ),
            models.CheckConstraint(
                condition=Q(prefix__regex=_DIGITS), name="call_rate_prefix_is_digits"
            ),
        )


class CallCost(models.Model):
    """What talk costs us with a carrier; without a price of a minute the prefix ends."""

    id = models.UUIDField(primary_key=True, editable=False)
    carrier = models.CharField(max_length=20)
    prefix = models.CharField(max_length=_PREFIX_MAX, blank=True)
    destination = models.CharField(max_length=100, blank=True)  # in the carrier's words
    currency = models.CharField(max_length=3)
    setup_micro = models.BigIntegerField()
    minute_micro = models.BigIntegerField(null=True)
    minimum_s = models.PositiveSmallIntegerField()
    step_s = models.PositiveSmallIntegerField()
    from_at = models.DateTimeField()

    class Meta:
        """Costs follow one another, so two never hold at once; found by prefix."""

        constraints = (
            models.UniqueConstraint(
                fields=["prefix", "carrier", "from_at"], name="call_cost_one_begins_at_a_moment"
            ),
            models.CheckConstraint(
                condition=(Q(minute_micro=None) | Q(minute_micro__gte=0))
                & Q(setup_micro__gte=0, minimum_s__gte=1, step_s__gte=1),
                name="call_cost_can_be_reckoned",
            ),
            models.CheckConstraint(
                condition=Q(prefix__regex=_DIGITS), name="call_cost_prefix_is_digits"
            ),
        )


class CallRoute(models.Model):
    """Whether and in which order a carrier takes calls to a prefix; his longest prefix decides."""

    id = models.UUIDField(primary_key=True, editable=False)
    carrier = models.CharField(max_length=20)
    supplier = models.CharField(max_length=20)  # who sends the bill
    prefix = models.CharField(max_length=_PREFIX_MAX, blank=True)
    enabled = models.BooleanField()
    priority = models.PositiveSmallIntegerField()  # low goes first

    class Meta:
        """A carrier has one word about a prefix."""

        constraints = (
            models.UniqueConstraint(fields=["prefix", "carrier"], name="call_route_once"),
            models.CheckConstraint(
                condition=Q(prefix__regex=_DIGITS), name="call_route_prefix_is_digits"
            ),
        )
