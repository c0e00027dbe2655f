"""Tables of limits, counts, suspensions and blocks."""

from __future__ import annotations

from typing import Final

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

RENTED: Final = "rented"  # no code of a service: renting numbers, and sending from them


class Limits(models.Model):
    """What an account may do; account 0 holds what counts for everybody without a row."""

    account_id = models.BigIntegerField(primary_key=True)
    orders_per_minute = models.IntegerField()
    open_max = models.IntegerField()
    share_percent_min = models.IntegerField()
    share_after = models.IntegerField()
    changed_at = models.DateTimeField()

    class Meta:
        """Limits that make sense."""

        db_table = "standing_limits"
        constraints = (
            models.CheckConstraint(
                condition=Q(orders_per_minute__gte=0, open_max__gte=0, share_after__gte=1),
                name="limits_are_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(share_percent_min__gte=0, share_percent_min__lte=100),
                name="limits_share_is_a_percentage",
            ),
        )


class Tally(models.Model):
    """What an account did lately.

    `recent` are the times of its orders of the last minute, `outcomes` one letter for each of the
    last activations: c with a code, n without.
    """

    account_id = models.BigIntegerField(primary_key=True)
    recent = ArrayField(models.DateTimeField())
    open = models.IntegerField()
    outcomes = models.CharField(max_length=100)

    class Meta:
        """Nothing is closed that was not open."""

        db_table = "standing_tally"
        constraints = (
            models.CheckConstraint(condition=Q(open__gte=0), name="tally_open_is_not_negative"),
        )


class Suspension(models.Model):
    """Something of one account is stopped: orders of one service, renting and sending, or all ('').

    With `lease_id` one rented number alone sends nothing and is not handed over; all else goes on.
    """

    pk = models.CompositePrimaryKey("account_id", "id")
    account_id = models.BigIntegerField()
    id = models.UUIDField()
    service = models.CharField(max_length=8, default="", blank=True)
    lease_id = models.UUIDField(null=True)
    reason = models.CharField(max_length=40)
    actor = models.CharField(max_length=40)
    began_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        """A suspension has a reason; one of a number stops nothing but what numbers do."""

        constraints = (
            models.CheckConstraint(condition=~Q(reason=""), name="suspension_says_why"),
            models.CheckConstraint(
                condition=Q(lease_id=None) | Q(service=RENTED),
                name="suspension_of_a_number_stops_no_orders",
            ),
        )


class BlockKind(models.TextChoices):
    """What a block is about."""

    SERVICE = "service"  # value: the service's code
    COUNTRY = "country"  # value: ISO 3166 code of the number's country
    PHONE = "phone"  # value: the first digits of a phone, with +
    SENDER = "sender"  # value: a sender of SMS, in small letters


class Block(models.Model):
    """Something that is refused for everybody."""

    id = models.UUIDField(primary_key=True, editable=False)
    kind = models.CharField(max_length=7, choices=BlockKind)
    value = models.CharField(max_length=20)
    reason = models.CharField(max_length=200)
    actor = models.CharField(max_length=40)
    began_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        """A value is blocked once at a time."""

        constraints = (
            models.UniqueConstraint(
                fields=["kind", "value"],
                condition=Q(lifted_at=None),
                name="block_once_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=BlockKind.values), name="block_is_of_a_known_kind"
            ),
        )
