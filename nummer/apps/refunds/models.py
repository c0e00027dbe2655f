"""Tables of claims, decisions, deadlines, and of what is still owed a decision."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q


class ClaimState(models.TextChoices):
    """How far a claim came."""

    UNCONFIRMED = "unconfirmed"  # nobody proved yet that the customer wrote it; its time counts
    WAITING = "waiting"  # no rule fits, so a person decides (RULE-REVIEW)
    HELD = "held"  # answered; the payout waits for somebody else's word
    MISSING = "missing"  # we asked for what a payout needs to know (RP-T4)
    DECIDED = "decided"


class Claim(models.Model):
    """What somebody asked for an order, and when it reached us: on that every deadline counts."""

    pk = models.CompositePrimaryKey("account_id", "id")
    account_id = models.BigIntegerField()
    id = models.UUIDField()
    order_id = models.UUIDField()
    case_id = models.UUIDField()
    ask = models.CharField(max_length=13)
    wants = models.CharField(max_length=7)
    reason = models.CharField(max_length=18, default="")
    channel = models.CharField(max_length=5)
    proof = models.CharField(max_length=9)
    actor = models.CharField(max_length=40)
    received_at = models.DateTimeField()
    filed_at = models.DateTimeField()
    unsaid = ArrayField(models.CharField(max_length=12), default=list)  # of RP-T4; only shrinks
    state = models.CharField(max_length=11, choices=ClaimState)
    decision_id = models.UUIDField(null=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        """What fits together, and the paths of lists."""

        constraints = (
            models.CheckConstraint(
                condition=Q(received_at__lte=models.F("filed_at")),
                name="claim_came_before_it_was_written_down",
            ),
            models.CheckConstraint(
                condition=Q(state="decided", decision_id__isnull=False, decided_at__isnull=False)
                | (~Q(state="decided") & Q(decided_at=None)),
                name="claim_decided_exactly_with_its_decision",
            ),
        )
        indexes = (
            models.Index(fields=["account_id", "order_id"], name="claim_of_order"),
            models.Index(
                fields=["received_at"], name="claim_to_decide", condition=~Q(state="decided")
            ),
        )


class Proposal(models.Model):
    """What one person would answer to a claim that no rule decides; another releases it."""

    pk = models.CompositePrimaryKey("account_id", "id")
    account_id = models.BigIntegerField()
    id = models.UUIDField()
    claim_id = models.UUIDField()
    amount_micro = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    clause = models.CharField(max_length=12)
    proposed_by = models.CharField(max_length=40)
    proposed_at = models.DateTimeField()
    answered_by = models.CharField(max_length=40, default="")
    answered_at = models.DateTimeField(null=True)
    decision_id = models.UUIDField(null=True)  # none where it was sent back

    class Meta:
        """Two persons, also for whoever writes to the table himself."""

        constraints = (
            models.CheckConstraint(
                condition=Q(amount_micro__gte=0), name="proposal_gives_and_never_takes"
            ),
            models.CheckConstraint(
                condition=Q(answered_by="", answered_at=None, decision_id=None)
                | (~Q(answered_by="") & Q(answered_at__isnull=False)),
                name="proposal_answered_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(decision_id=None) | ~Q(answered_by=models.F("proposed_by")),
                name="proposal_released_by_a_second_person",
            ),
            models.UniqueConstraint(
                fields=["account_id", "claim_id"],
                condition=Q(answered_at=None),
                name="proposal_once_at_a_time_for_a_claim",
            ),
        )
        indexes = (
            models.Index(
                fields=["proposed_at"], name="proposal_open", condition=Q(answered_at=None)
            ),
        )


class Deadline(models.Model):
    """Until when something is owed; written where it is not done in the same moment.

    `subject_id` is the activation of a credit, the claim of an answer or of its payout, or a
    request for a payout that no claim stands behind.
    """

    pk = models.CompositePrimaryKey("account_id", "id")
    account_id = models.BigIntegerField()
    id = models.UUIDField()
    kind = models.CharField(max_length=6)
    subject_id = models.UUIDField()
    order_id = models.UUIDField()
    opened_at = models.DateTimeField()
    warn_at = models.DateTimeField()
    due_at = models.DateTimeField()
    calendar_version = models.CharField(max_length=20)
    state = models.CharField(max_length=4, default="open")
    warned_at = models.DateTimeField(null=True)
    late_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        """What fits together, and the paths of lists and alarms."""

        constraints = (
            models.CheckConstraint(
                condition=Q(kind__in=["credit", "decide", "settle", "asked", "payout"]),
                name="deadline_of_a_kind",
            ),
            models.CheckConstraint(
                condition=Q(state="open", closed_at=None)
                | Q(state__in=["met", "void"], closed_at__isnull=False),
                name="deadline_closed_exactly_when_it_says_when",
            ),
            models.CheckConstraint(
                condition=Q(warn_at__lte=models.F("due_at")), name="deadline_warns_before_it_ends"
            ),
        )
        indexes = (
            models.Index(fields=["due_at"], name="deadline_open", condition=Q(state="open")),
            models.Index(
                fields=["warn_at"],
                name="deadline_to_warn",
                condition=Q(state="open", warned_at=None),
            ),
            models.Index(
                fields=["due_at"], name="deadline_to_miss", condition=Q(state="open", late_at=None)
            ),
            models.Index(fields=["due_at", "id"], name="deadline_of_month"),
        )


class Reported(models.Model):
    """A lease whose holder reported an outage: at `look_at` it is asked whether money is owed."""

    pk = models.CompositePrimaryKey("account_id", "lease_id")
    account_id = models.BigIntegerField()
    lease_id = models.UUIDField()
    look_at = models.DateTimeField()

    class Meta:
        """The path of the sweeper."""

        indexes = (models.Index(fields=["look_at"], name="reported_due"),)


class Decision(models.Model):
    """One decision with all that recomputes it; only the note when it was told is added.

    `request` is what was asked, None where the house began by itself; `outcome` is the whole
    answer of the policy, dates and considered rules with it, None in records of before 0.4.
    `credited_micro` was booked with it, also before a payout.
    """

    pk = models.CompositePrimaryKey("account_id", "id")
    account_id = models.BigIntegerField()
    id = models.UUIDField()
    order_id = models.UUIDField()
    claim_key = models.CharField(max_length=80)
    decision = models.CharField(max_length=12)
    clauses = ArrayField(models.CharField(max_length=12))
    amount_micro = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    facts = models.JSONField()
    facts_sha256 = models.CharField(max_length=64)
    policy_version = models.CharField(max_length=10)
    calendar_version = models.CharField(max_length=20)
    actor = models.CharField(max_length=40)
    surface = models.CharField(max_length=12)
    transfer_id = models.UUIDField(null=True)
    credited_micro = models.BigIntegerField(default=0)
    claim_id = models.UUIDField(null=True)
    request = models.JSONField(null=True)
    outcome = models.JSONField(null=True)
    by_people = models.BooleanField(default=False)
    decided_at = models.DateTimeField()
    notified_at = models.DateTimeField(null=True)

    class Meta:
        """Constraints of a decision."""

        constraints = (
            models.UniqueConstraint(
                fields=["account_id", "claim_key"], name="decision_once_for_each_claim"
            ),
            models.CheckConstraint(
                condition=Q(credited_micro__gt=0, transfer_id__isnull=False)
                | Q(credited_micro=0, transfer_id=None),
                name="decision_books_exactly_with_a_transfer",
            ),
            models.CheckConstraint(
                condition=~Q(decision="CREDIT")
                | Q(amount_micro__gt=0, credited_micro=models.F("amount_micro")),
                name="decision_to_credit_credits_its_amount",
            ),
        )
        indexes = (
            models.Index(fields=["account_id", "order_id"], name="decision_of_order"),
            models.Index(
                fields=["decided_at"], name="decision_untold", condition=Q(notified_at=None)
            ),
            models.Index(
                fields=["decided_at"],
                name="decision_to_pay_out",
                condition=Q(decision="PAYOUT", amount_micro__gt=0),
            ),
            BrinIndex(fields=["decided_at"], name="decision_of_month"),  # rows lie by their time
        )


class Taken(models.Model):
    """An open activation on a number that its carrier took away; gone once it was ended."""

    pk = models.CompositePrimaryKey("account_id", "activation_id")
    account_id = models.BigIntegerField()
    activation_id = models.UUIDField()
    reason = models.CharField(max_length=16)
    taken_at = models.DateTimeField()

    class Meta:
        """The path of the sweeper."""

        indexes = (models.Index(fields=["taken_at"], name="taken_due"),)


class ReplayRun(models.Model):
    """All decisions of up to `created_at`, computed anew; it stands behind the key `after_…`."""

    id = models.UUIDField(primary_key=True, editable=False)
    actor = models.CharField(max_length=48)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    total = models.PositiveIntegerField()
    done = models.PositiveIntegerField()
    after_account_id = models.BigIntegerField()
    after_id = models.UUIDField()

    class Meta:
        """One run at a time, and its end."""

        constraints = (
            models.UniqueConstraint(
                fields=["finished_at"],
                condition=Q(finished_at=None),
                nulls_distinct=False,
                name="replay_one_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(finished_at=None) | Q(done=models.F("total")),
                name="replay_finished_only_with_all_done",
            ),
        )


class ReplayDifference(models.Model):
    """A decision that a replay computed otherwise, and the names of the parts that differ."""

    pk = models.CompositePrimaryKey("account_id", "decision_id", "run_id")
    account_id = models.BigIntegerField()
    decision_id = models.UUIDField()
    run = models.ForeignKey(ReplayRun, on_delete=models.CASCADE)
    parts = ArrayField(models.CharField(max_length=20))
