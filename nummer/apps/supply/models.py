"""Tables of wholesalers: accounts, offers and how they changed, least stocks, differences."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class Wholesale(models.Model):
    """Our account at a wholesaler, and when to look at it again; times are of the last answers.

    `low_at` is when the balance was first seen below `least_micro`, None while it is not.
    """

    code = models.CharField(primary_key=True, max_length=20)
    currency = models.CharField(max_length=3, blank=True)
    balance_micro = models.BigIntegerField(null=True)
    credit_micro = models.BigIntegerField(null=True)
    least_micro = models.BigIntegerField(null=True)
    low_at = models.DateTimeField(null=True)
    funds_at = models.DateTimeField(null=True)
    funds_due_at = models.DateTimeField()
    synced_at = models.DateTimeField(null=True)
    sync_due_at = models.DateTimeField()
    compared_at = models.DateTimeField(null=True)
    compare_due_at = models.DateTimeField()


class Group(models.Model):
    """Numbers of one place and kind that a wholesaler sells, and what one costs us without tax."""

    id = models.UUIDField(primary_key=True, editable=False)
    supplier = models.CharField(max_length=20)
    remote_id = models.CharField(max_length=40)
    sku_id = models.CharField(max_length=40)
    country = models.CharField(max_length=2)
    region = models.CharField(max_length=80, blank=True)
    city = models.CharField(max_length=80, blank=True)
    area = models.CharField(max_length=80, blank=True)
    kind = models.CharField(max_length=10)
    prefix = models.CharField(max_length=10, blank=True)
    features = ArrayField(models.CharField(max_length=20))
    setup_micro = models.BigIntegerField()
    monthly_micro = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    needs_papers = models.BooleanField()
    selectable = models.BooleanField()
    stock = models.PositiveIntegerField()
    restriction = models.CharField(max_length=500, blank=True)
    seen_at = models.DateTimeField()
    gone_at = models.DateTimeField(null=True)

    class Meta:
        """A group is known once."""

        constraints = (
            models.UniqueConstraint(fields=["supplier", "remote_id"], name="supply_group_once"),
        )
        indexes = (
            models.Index(fields=["supplier", "country", "kind"], name="supply_group_of_place"),
        )


class Sync(models.Model):
    """One look at all that a wholesaler sells: how far it is, and how it ended."""

    id = models.UUIDField(primary_key=True, editable=False)
    supplier = models.CharField(max_length=20)
    actor = models.CharField(max_length=50)
    began_at = models.DateTimeField()
    places = models.PositiveIntegerField(default=0)
    places_done = models.PositiveIntegerField(default=0)
    groups = models.PositiveIntegerField(default=0)
    changes = models.PositiveIntegerField(default=0)
    numbers = models.PositiveIntegerField(default=0)  # offered to customers after it
    done_at = models.DateTimeField(null=True)

    class Meta:
        """One at a time for each wholesaler."""

        constraints = (
            models.UniqueConstraint(
                fields=["supplier"], condition=Q(done_at=None), name="supply_one_sync_at_a_time"
            ),
        )


class Change(models.Model):
    """Something that differs from the last look: what it was and what it is, as text."""

    id = models.UUIDField(primary_key=True, editable=False)
    sync_id = models.UUIDField()
    supplier = models.CharField(max_length=20)
    group_id = models.UUIDField()
    country = models.CharField(max_length=2)
    kind = models.CharField(max_length=10)
    place = models.CharField(max_length=80, blank=True)
    field = models.CharField(max_length=20)
    before = models.CharField(max_length=80, blank=True)
    after = models.CharField(max_length=80, blank=True)
    at = models.DateTimeField()

    class Meta:
        """The path to the latest."""

        indexes = (models.Index(fields=["supplier", "-id"], name="supply_change_latest"),)


class Least(models.Model):
    """How many free numbers of a country and kind the operator wants to have of a supplier."""

    id = models.UUIDField(primary_key=True, editable=False)
    supplier = models.CharField(max_length=20)
    country = models.CharField(max_length=2)
    kind = models.CharField(max_length=10)
    least = models.PositiveIntegerField()
    low_at = models.DateTimeField(null=True)

    class Meta:
        """One for each place."""

        constraints = (
            models.UniqueConstraint(
                fields=["supplier", "country", "kind"], name="supply_least_once"
            ),
        )


class Odd(models.TextChoices):
    """How a wholesaler's list of our numbers and our leases may differ."""

    STRAY = "stray"  # he keeps a number for us that no lease of ours asked for
    ENDED = "ended"  # its lease is over, and it is still renewed
    SECOND = "second"  # one lease has two numbers there
    OTHER = "other"  # it is not the number of its lease
    MISSING = "missing"  # a lease has a number that he does not count as ours, or has blocked
    LAPSES = "lapses"  # a lease goes on, and its number is not renewed


class Difference(models.Model):
    """A difference, as long as it lasts."""

    id = models.UUIDField(primary_key=True, editable=False)
    supplier = models.CharField(max_length=20)
    odd = models.CharField(max_length=8, choices=Odd)
    reference = models.CharField(max_length=100, blank=True)
    e164 = models.CharField(max_length=16)
    found_at = models.DateTimeField()
    gone_at = models.DateTimeField(null=True)

    class Meta:
        """Each is open once."""

        constraints = (
            models.UniqueConstraint(
                fields=["supplier", "odd", "reference", "e164"],
                condition=Q(gone_at=None),
                name="supply_difference_open_once",
            ),
        )
