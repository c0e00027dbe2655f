"""Tables of requests for payouts, and of the shares in which they are paid."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class Subject(models.TextChoices):
    """What a request is about."""

    ORDER = "order"
    TOP_UP = "top_up"


class PayoutState(models.TextChoices):
    """Where a request stands."""

    MISSING = "missing"  # the customer was asked for what is missing
    HELD = "held"  # it waits for a dispute, a suspicion or an authority
    REVIEW = "review"  # a person looks at it
    RELEASE = "release"  # granted; two persons have to release it
    PAYING = "paying"  # granted; some share is under way
    DONE = "done"
    REFUSED = "refused"


OPEN_STATES = (
    PayoutState.MISSING,
    PayoutState.HELD,
    PayoutState.REVIEW,
    PayoutState.RELEASE,
    PayoutState.PAYING,
)
UNDECIDED_STATES = (PayoutState.MISSING, PayoutState.HELD, PayoutState.REVIEW)


class Channel(models.TextChoices):
    """How a request reached us; each one counts from the first contact (RP-T3)."""

    PAGE = "page"
    MAIL = "mail"
    PHONE = "phone"
    SELF = "self"  # nobody asked: we found it ourselves


class Payout(models.Model):
    """A request for money, and what was decided on it.

    One that comes from a decision of refunds names it; its record stands there.

    `details` is the reference of the original payment in the customer's words (RP-T4); no number
    of a card or an account is ever in it. `facts` and `request` recompute the decision. `round`
    counts the holds that kept the money meanwhile; `held_micro` is what the present one keeps.
    `granted_at` is when its shares began to leave, and nothing before.
    """

    pk = models.CompositePrimaryKey("account_id", "id")
    account_id = models.BigIntegerField()
    id = models.UUIDField()
    subject = models.CharField(max_length=6, choices=Subject, default="", blank=True)
    subject_id = models.UUIDField(null=True)
    decision_id = models.UUIDField(null=True)
    asked_micro = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=20, default="", blank=True)
    details = models.CharField(max_length=100, default="", blank=True)
    channel = models.CharField(max_length=5, choices=Channel)
    actor = models.CharField(max_length=40)
    received_at = models.DateTimeField()
    state = models.CharField(max_length=7, choices=PayoutState, default=PayoutState.REVIEW)
    missing = ArrayField(models.CharField(max_length=12), default=list)
    decision = models.CharField(max_length=12, default="")
    clauses = ArrayField(models.CharField(max_length=12), default=list)
    granted_micro = models.BigIntegerField(default=0)
    decide_by = models.DateField(null=True)
    settle_by = models.DateField(null=True)
    facts = models.JSONField(default=dict)
    request = models.JSONField(default=dict)
    facts_sha256 = models.CharField(max_length=64, default="")
    policy_version = models.CharField(max_length=10, default="")
    calendar_version = models.CharField(max_length=20, default="")
    round = models.IntegerField(default=0)
    held_micro = models.BigIntegerField(default=0)
    asked_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    granted_at = models.DateTimeField(null=True)
    first_release = models.CharField(max_length=40, default="")
    second_release = models.CharField(max_length=40, default="")
    look_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        """One open request for one thing; the path of the sweeper."""

        constraints = (
            models.UniqueConstraint(
                fields=["account_id", "subject_id"],
                condition=Q(state__in=OPEN_STATES, decision_id=None),
                name="payout_open_once_for_each_subject",
            ),
            models.UniqueConstraint(
                fields=["account_id", "decision_id"], name="payout_once_for_each_decision"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["done", "refused"], closed_at__isnull=False, held_micro=0)
                | (~Q(state__in=["done", "refused"]) & Q(closed_at=None)),
                name="payout_closed_exactly_at_its_end",
            ),
            models.CheckConstraint(
                condition=Q(first_release="") | ~Q(first_release=models.F("second_release")),
                name="payout_released_by_two_persons",
            ),
            models.CheckConstraint(
                condition=Q(held_micro__gte=0, granted_micro__gte=0),
                name="payout_holds_no_debt",
            ),
        )
        indexes = (
            models.Index(
                fields=["look_at"], name="payout_waiting", condition=Q(look_at__isnull=False)
            ),
            models.Index(fields=["received_at"], name="payout_lately"),
            models.Index(
                fields=["account_id", "granted_at"],
                name="payout_granted_lately",
                condition=Q(granted_at__isnull=False),
            ),
        )


class Way(models.TextChoices):
    """How a share goes."""

    METHOD = "method"  # back to its own top-up
    CHOOSE = "choose"  # the customer has to say which way (RP-CF)
    BANK = "bank"  # by a transfer that the staff makes at the bank
    BALANCE = "balance"  # it stays on the balance, by the customer's choice


class Share(models.Model):
    """A part of a payout. `refund_id` is the refund of payments by which it goes back."""

    pk = models.CompositePrimaryKey("account_id", "id")
    account_id = models.BigIntegerField()
    id = models.UUIDField()
    payout_id = models.UUIDField()
    place = models.IntegerField()
    top_up_id = models.UUIDField(null=True)
    amount_micro = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    way = models.CharField(max_length=7, choices=Way)
    hold_id = models.UUIDField(null=True)
    refund_id = models.UUIDField(null=True)
    bank_reference = models.CharField(max_length=40, default="", blank=True)
    actor = models.CharField(max_length=40, default="")
    chosen_at = models.DateTimeField(null=True)
    look_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        """Constraints of a share; the path of the sweeper."""

        constraints = (
            models.UniqueConstraint(
                fields=["account_id", "payout_id", "place"], name="share_has_one_place"
            ),
            models.CheckConstraint(condition=Q(amount_micro__gt=0), name="share_is_something"),
            models.CheckConstraint(
                condition=~Q(way="method") | Q(refund_id__isnull=False),
                name="share_to_a_method_has_its_refund",
            ),
            models.CheckConstraint(
                condition=~Q(way="choose") | Q(closed_at=None), name="share_waits_until_chosen"
            ),
        )
        indexes = (
            models.Index(
                fields=["look_at"], name="share_under_way", condition=Q(look_at__isnull=False)
            ),
        )
