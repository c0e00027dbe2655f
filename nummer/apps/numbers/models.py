"""Tables of numbers, slots and activations."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class NumberStatus(models.TextChoices):
    """What a number of the stock can be used for."""

    ACTIVE = "active"
    BLOCKED = "blocked"  # by its carrier
    WITHDRAWN = "withdrawn"  # by us


class Use(models.TextChoices):
    """What a number is there for; it never changes (ADR 202)."""

    CODES = "codes"  # sold for single codes, by its slots
    RENT = "rent"  # rented to one customer after the other; it has no slots
    PROBE = "probe"  # never sold: texts of ours come to it, to measure routes (ADR 320)


class Number(models.Model):
    """A phone number of ours; a directory table, nobody's personal data while nobody holds it."""

    id = models.UUIDField(primary_key=True, editable=False)
    e164 = models.CharField(max_length=16, unique=True)
    country = models.CharField(max_length=2)
    carrier = models.CharField(max_length=20)
    kind = models.CharField(max_length=10)
    sms = models.BooleanField()
    voice = models.BooleanField()
    status = models.CharField(max_length=9, choices=NumberStatus, default=NumberStatus.ACTIVE)
    added_at = models.DateTimeField()
    blocked_at = models.DateTimeField(null=True)
    # written in SQL by imports, which leave the column to its default
    use = models.CharField(max_length=5, choices=Use, default=Use.CODES, db_default=Use.CODES)


class Slot(models.Model):
    """One number for one service; it is claimed once and never again."""

    number = models.ForeignKey(Number, on_delete=models.PROTECT)
    e164 = models.CharField(max_length=16)
    service_code = models.CharField(max_length=8)
    country = models.CharField(max_length=2)
    carrier = models.CharField(max_length=20)
    withdrawn = models.BooleanField(default=False)
    claimed_at = models.DateTimeField(null=True)
    account_id = models.BigIntegerField(null=True)
    activation_id = models.UUIDField(null=True)
    released_at = models.DateTimeField(null=True)

    class Meta:
        """Constraints, and the path from a number to its holders.

        Free slots have a path in SQL: `slot_next` (0008), whose order Django cannot say.
        """

        constraints = (
            models.UniqueConstraint(
                fields=["number", "service_code"], name="slot_one_per_number_and_service"
            ),
            models.CheckConstraint(
                condition=Q(claimed_at=None, account_id=None, activation_id=None)
                | Q(
                    claimed_at__isnull=False,
                    account_id__isnull=False,
                    activation_id__isnull=False,
                ),
                name="slot_claimed_exactly_when_held",
            ),
        )
        indexes = (
            models.Index(
                fields=["e164"],
                name="slot_open",
                condition=Q(claimed_at__isnull=False, released_at=None),
            ),
        )


class ActivationState(models.TextChoices):
    """Where an activation stands; the last four are final."""

    WAITING = "waiting"  # the number is shown, no code yet
    SHOWN = "shown"  # a code stands in the order table; more may come until the window ends
    FINISHED = "finished"  # after a code: by the customer or at the end of the window
    CANCELLED = "cancelled"  # by the customer before a code
    EXPIRED = "expired"  # the window ended without a code
    FAILED = "failed"  # the carrier took the number away before a code


OPEN_STATES = (ActivationState.WAITING, ActivationState.SHOWN)
CODELESS_ENDS = (ActivationState.CANCELLED, ActivationState.EXPIRED, ActivationState.FAILED)


class Activation(models.Model):
    """A customer's use of one number for one service inside a window."""

    pk = models.CompositePrimaryKey("account_id", "id")
    account_id = models.BigIntegerField()
    id = models.UUIDField()
    public_id = models.BigIntegerField()
    order_id = models.UUIDField()
    slot_id = models.BigIntegerField()
    e164 = models.CharField(max_length=16)
    service_code = models.CharField(max_length=8)
    country = models.CharField(max_length=2)
    carrier = models.CharField(max_length=20)
    state = models.CharField(max_length=9, choices=ActivationState)
    opened_at = models.DateTimeField()
    window_ends_at = models.DateTimeField()
    announced_at = models.DateTimeField(null=True)
    another_asked_at = models.DateTimeField(null=True)
    first_sms_at = models.DateTimeField(null=True)
    displayed_at = models.DateTimeField(null=True)
    last_code_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    # in the figures of numbers.rates; written in SQL, which leaves the column to its default
    counted = models.BooleanField(default=False, db_default=False)

    class Meta:
        """Constraints that keep a code and a refund apart.

        Pages keep a third of their room (0007): a first code then changes no index.
        """

        constraints = (
            models.UniqueConstraint(
                fields=["account_id", "public_id"], name="activation_public_id_once"
            ),
            models.UniqueConstraint(
                fields=["account_id", "order_id"], name="activation_one_per_order"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["cancelled", "expired", "failed"]) | Q(displayed_at=None),
                name="activation_ended_without_code_showed_none",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["shown", "finished"]) | Q(displayed_at__isnull=False),
                name="activation_with_code_says_when",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "shown"], closed_at=None)
                | (~Q(state__in=["waiting", "shown"]) & Q(closed_at__isnull=False)),
                name="activation_closed_exactly_at_its_end",
            ),
            models.CheckConstraint(
                condition=Q(displayed_at=None) | Q(displayed_at__lte=models.F("window_ends_at")),
                name="activation_displayed_inside_window",
            ),
        )
        indexes = (
            models.Index(
                fields=["window_ends_at"],
                name="activation_due",
                condition=Q(closed_at=None),  # not the state: a code must not touch an index
            ),
            models.Index(
                fields=["closed_at"],
                name="activation_uncounted",
                condition=Q(counted=False, closed_at__isnull=False),
            ),
        )


class CodeDay(models.Model):
    """How activations of one day ended, by service and country; sums that name nobody."""

    pk = models.CompositePrimaryKey("service_code", "country", "on_day")
    on_day = models.DateField()
    service_code = models.CharField(max_length=8)
    country = models.CharField(max_length=2)
    ended = models.IntegerField()
    with_code = models.IntegerField()
    buyers = models.BigIntegerField()
    times = ArrayField(models.IntegerField())

    class Meta:
        """Constraints of a sum."""

        constraints = (
            models.CheckConstraint(
                condition=Q(with_code__gte=0, with_code__lte=models.F("ended")),
                name="code_day_has_no_more_codes_than_ends",
            ),
        )


class CodeRate(models.Model):
    """The days of the window added up; country is empty for all countries of a service."""

    pk = models.CompositePrimaryKey("service_code", "country")
    service_code = models.CharField(max_length=8)
    country = models.CharField(max_length=2, blank=True)
    ended = models.IntegerField()
    with_code = models.IntegerField()
    buyers = models.BigIntegerField()
    times = ArrayField(models.IntegerField())
    since_on = models.DateField()
    window_on = models.DateField()

    class Meta:
        """Constraints of a sum."""

        constraints = (
            models.CheckConstraint(
                condition=Q(with_code__gte=0, with_code__lte=models.F("ended")),
                name="code_rate_has_no_more_codes_than_ends",
            ),
        )


class ImportRun(models.Model):
    """A file of numbers on its way into the stock; its bytes go when it is done."""

    id = models.UUIDField(primary_key=True, editable=False)
    actor = models.CharField(max_length=48)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    total = models.PositiveIntegerField()
    done = models.PositiveIntegerField()
    content = models.BinaryField(null=True)

    class Meta:
        """Constraints of progress."""

        constraints = (
            models.CheckConstraint(
                condition=Q(done__lte=models.F("total")), name="import_run_never_past_its_end"
            ),
            models.CheckConstraint(
                condition=Q(finished_at=None, content__isnull=False)
                | Q(finished_at__isnull=False, content=None, done=models.F("total")),
                name="import_run_finished_exactly_without_content",
            ),
        )


class ImportRefusal(models.Model):
    """A line of an import that was left out, with the code of its reason."""

    pk = models.CompositePrimaryKey("run_id", "line")
    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE)
    line = models.PositiveIntegerField()
    reason = models.CharField(max_length=10)
