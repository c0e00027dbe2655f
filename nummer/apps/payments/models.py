"""Tables of top-ups, of money sent back, of disputes, and of what providers told us."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class TopUpState(models.TextChoices):
    """Where a top-up stands; only `paid` is final, since money that comes late is still money."""

    STARTED = "started"
    PAID = "paid"
    FAILED = "failed"  # the provider says that nothing was paid
    ABANDONED = "abandoned"  # nobody came back in a day


class TopUp(models.Model):
    """A customer's wish to pay in; `wished` is false where it was not his.

    `provider_reference` is how the provider calls the checkout, `payment_reference` how it calls
    the payment, which its refunds and disputes name. At `ask_at` the provider is told again of
    an automatic one that it has not answered for, and asked what became of another one's page.
    One that is `twice_of` another is a second payment of the same wish, which is given back
    unasked from `return_at` on (RULE-ERR).
    `payer_country` is that of the card's bank or of the account that paid: evidence for the tax.
    """

    pk = models.CompositePrimaryKey("account_id", "id")
    account_id = models.BigIntegerField()
    id = models.UUIDField()
    amount_micro = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    provider = models.CharField(max_length=20)
    method = models.CharField(max_length=30)
    refundable = models.BooleanField()
    automatic = models.BooleanField(default=False)
    wished = models.BooleanField(default=True)
    provider_reference = models.CharField(max_length=100, default="")
    payment_reference = models.CharField(max_length=100, default="")
    pay_url = models.CharField(max_length=500, default="")
    state = models.CharField(max_length=9, choices=TopUpState, default=TopUpState.STARTED)
    started_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    ask_at = models.DateTimeField(null=True)
    twice_of = models.UUIDField(null=True)
    return_at = models.DateTimeField(null=True)
    payer_country = models.CharField(max_length=2, default="")
    payer_by_issuer = models.BooleanField(default=False)

    class Meta:
        """Constraints, and the paths of the sweeper and of the limits."""

        constraints = (
            models.CheckConstraint(
                condition=Q(amount_micro__gt=0), name="top_up_pays_something_in"
            ),
            models.CheckConstraint(
                condition=Q(state="started", closed_at=None)
                | (Q(state__in=["paid", "failed", "abandoned"]) & Q(closed_at__isnull=False)),
                name="top_up_closed_exactly_at_its_end",
            ),
            models.CheckConstraint(
                condition=Q(return_at=None) | Q(twice_of__isnull=False, state="paid"),
                name="top_up_returned_unasked_was_taken_twice",
            ),
            models.CheckConstraint(
                condition=Q(payer_country="", payer_by_issuer=False)
                | Q(payer_country__regex="^[A-Z]{2}$", state="paid"),
                name="top_up_knows_a_country_once_it_is_paid",
            ),
        )
        indexes = (
            models.Index(
                fields=["started_at"], name="top_up_waiting", condition=Q(state="started")
            ),
            models.Index(
                fields=["ask_at"], name="top_up_untold", condition=Q(ask_at__isnull=False)
            ),
            models.Index(fields=["account_id", "started_at"], name="top_up_lately"),
            models.Index(
                fields=["return_at"], name="top_up_to_return", condition=Q(return_at__isnull=False)
            ),
        )


class Reference(models.Model):
    """Directory: which top-up a word belongs to that a provider may say.

    The word is the provider's for a checkout or payment, or our own id of a top-up or refund,
    which the provider echoes; ours stand here before the provider is asked.
    """

    provider = models.CharField(max_length=20)
    reference = models.CharField(max_length=100)
    account_id = models.BigIntegerField()
    top_up_id = models.UUIDField()

    class Meta:
        """One reference, one top-up."""

        constraints = (
            models.UniqueConstraint(
                fields=["provider", "reference"], name="reference_belongs_to_one_top_up"
            ),
        )


class NoticeKind(models.TextChoices):
    """What a provider's event is about."""

    PAYMENT = "payment"
    REFUND = "refund"
    DISPUTE = "dispute"


class NoticeOutcome(models.TextChoices):
    """What we made of a provider's event."""

    CREDITED = "credited"
    NOTED = "noted"  # a failure, a refund, a dispute
    CAPTURED_TWICE = "captured_twice"  # a second payment of one wish: credited, then given back
    PAID_BEFORE = "paid_before"  # another event told the same, or a failure came too late
    WAITING = "waiting"  # a refund or dispute of a payment that we have not heard of yet
    UNKNOWN_REFERENCE = "unknown_reference"
    OTHER_SUM = "other_sum"  # amount or currency differ from what was asked
    OTHER_CUSTOMER = "other_customer"  # the checkout claims to be for another top-up
    PAID_LATE = "paid_late"  # at a rate of the past; a person decides at the provider
    IGNORED = "ignored"  # about nothing of ours; never stored


REFUSED_OUTCOMES = (
    NoticeOutcome.UNKNOWN_REFERENCE,
    NoticeOutcome.OTHER_SUM,
    NoticeOutcome.OTHER_CUSTOMER,
)
BESIDE_OUTCOMES = (NoticeOutcome.PAID_LATE, NoticeOutcome.OTHER_SUM)
OPEN_OUTCOMES = (NoticeOutcome.UNKNOWN_REFERENCE, NoticeOutcome.WAITING)


class Notice(models.Model):
    """Directory: a provider's event, taken once, with what we made of it.

    `reference` names what the event is about (checkout, refund, dispute), `payment` the payment
    that a refund or dispute belongs to, `word` the state that it tells, `ours` our own id.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    provider = models.CharField(max_length=20)
    event_id = models.CharField(max_length=100)
    kind = models.CharField(max_length=7, choices=NoticeKind, default=NoticeKind.PAYMENT)
    reference = models.CharField(max_length=100)
    payment = models.CharField(max_length=100, default="")
    ours = models.CharField(max_length=100, default="")
    paid = models.BooleanField()
    word = models.CharField(max_length=10, default="")
    amount_micro = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    outcome = models.CharField(max_length=17, choices=NoticeOutcome)
    received_at = models.DateTimeField()

    class Meta:
        """One event, one row; those that wait, or came beside their sum, are found by it."""

        constraints = (
            models.UniqueConstraint(fields=["provider", "event_id"], name="notice_taken_once"),
        )
        indexes = (
            models.Index(
                fields=["received_at"], name="notice_waiting", condition=Q(outcome="waiting")
            ),
            models.Index(
                fields=["provider", "reference"],
                name="notice_beside",
                condition=Q(outcome__in=["paid_late", "other_sum"]),
            ),
        )


class RefundState(models.TextChoices):
    """Where money stands that goes back by the way it came."""

    WANTED = "wanted"  # booked here; the provider has not said that it knows
    PENDING = "pending"  # the provider is at it
    PAID = "paid"
    FAILED = "failed"  # the provider could not; the money is on the balance again


class Refund(models.Model):
    """Part of a top-up that goes back to the method it was paid with.

    `ordered_here` is false for one that somebody made at the provider; of such a one
    `uncovered_micro` was no longer there to be booked.
    """

    pk = models.CompositePrimaryKey("account_id", "id")
    account_id = models.BigIntegerField()
    id = models.UUIDField()
    top_up_id = models.UUIDField()
    amount_micro = models.BigIntegerField()
    uncovered_micro = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    clause = models.CharField(max_length=20, default="")
    ordered_here = models.BooleanField(default=True)
    provider = models.CharField(max_length=20)
    provider_reference = models.CharField(max_length=100, default="")
    state = models.CharField(max_length=7, choices=RefundState, default=RefundState.WANTED)
    attempts = models.IntegerField(default=0)
    wanted_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        """Constraints, and the paths of the sweeper and of a top-up's limit."""

        constraints = (
            models.CheckConstraint(
                condition=Q(amount_micro__gt=0, uncovered_micro__gte=0)
                & Q(uncovered_micro__lte=models.F("amount_micro")),
                name="refund_sends_something_back",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["wanted", "pending"], closed_at=None)
                | (Q(state__in=["paid", "failed"]) & Q(closed_at__isnull=False, due_at=None)),
                name="refund_closed_exactly_at_its_end",
            ),
        )
        indexes = (
            models.Index(
                fields=["due_at"], name="refund_waiting", condition=Q(due_at__isnull=False)
            ),
            models.Index(fields=["account_id", "top_up_id"], name="refund_of_a_top_up"),
            models.Index(fields=["-wanted_at", "-id"], name="refund_latest"),
            models.Index(
                fields=["closed_at", "id"],
                name="refund_closed",
                condition=Q(closed_at__isnull=False),
            ),
        )


class DisputeState(models.TextChoices):
    """How a customer's objection at his bank stands; the last two are final."""

    OPEN = "open"
    WON = "won"  # the payment stands
    LOST = "lost"  # the bank has taken it back


class Dispute(models.Model):
    """A payment that its payer's bank wants back.

    `taken_micro` is what was still there of it when it was lost, `uncovered_micro` the rest. At
    `answer_by` the provider wants our evidence, where it says so.
    """

    pk = models.CompositePrimaryKey("account_id", "id")
    account_id = models.BigIntegerField()
    id = models.UUIDField()
    top_up_id = models.UUIDField()
    provider = models.CharField(max_length=20)
    provider_reference = models.CharField(max_length=100)
    amount_micro = models.BigIntegerField()
    taken_micro = models.BigIntegerField(default=0)
    uncovered_micro = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=4, choices=DisputeState)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    answer_by = models.DateTimeField(null=True)

    class Meta:
        """Constraints."""

        constraints = (
            models.UniqueConstraint(
                fields=["account_id", "provider", "provider_reference"], name="dispute_known_once"
            ),
            models.CheckConstraint(
                condition=Q(state="open", closed_at=None, taken_micro=0, uncovered_micro=0)
                | Q(state="won", closed_at__isnull=False, taken_micro=0, uncovered_micro=0)
                | Q(
                    state="lost",
                    closed_at__isnull=False,
                    amount_micro=models.F("taken_micro") + models.F("uncovered_micro"),
                ),
                name="dispute_takes_only_when_lost",
            ),
        )


class AutoTopUpState(models.TextChoices):
    """Where an order to top up by itself stands."""

    ASKED = "asked"  # waits for a first payment, with which the provider keeps the method
    ACTIVE = "active"
    STOPPED = "stopped"


class AutoTopUp(models.Model):
    """A customer's consent that his balance is filled up by itself, within a monthly cap.

    `payer_token` is the provider's name for the payer; the method itself stays with the provider.
    Until `rest_until` nothing is begun.
    `consent_sha256` is of the sentence that he agreed to, in the language `consent_locale`;
    `most_cap_micro` is the highest cap that he ever agreed to, for the audit.
    """

    account_id = models.BigIntegerField(primary_key=True)
    provider = models.CharField(max_length=20)
    method = models.CharField(max_length=30)
    currency = models.CharField(max_length=3)
    threshold_micro = models.BigIntegerField()
    amount_micro = models.BigIntegerField()
    cap_micro = models.BigIntegerField()
    most_cap_micro = models.BigIntegerField()
    payer_token = models.CharField(max_length=100, default="")
    state = models.CharField(max_length=7, choices=AutoTopUpState)
    consent_sha256 = models.CharField(max_length=64)
    consent_locale = models.CharField(max_length=2)
    consented_at = models.DateTimeField()
    rest_until = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    stop_reason = models.CharField(max_length=20, default="")

    class Meta:
        """A cap that holds, and a token exactly while it is used."""

        constraints = (
            models.CheckConstraint(
                condition=Q(threshold_micro__gt=0, amount_micro__gt=0)
                & Q(cap_micro__gte=models.F("amount_micro")),
                name="auto_top_up_has_a_cap",
            ),
            models.CheckConstraint(
                condition=Q(state="asked", payer_token="", stopped_at=None)
                | (Q(state="active", stopped_at=None) & ~Q(payer_token=""))
                | Q(state="stopped", payer_token="", stopped_at__isnull=False),
                name="auto_top_up_keeps_a_token_while_active",
            ),
        )
        indexes = (
            models.Index(
                fields=["account_id"], name="auto_top_up_active", condition=Q(state="active")
            ),
        )


class LeavingPayer(models.Model):
    """A kept method that is no longer used, and that its provider is still to forget.

    An account may have several, also of several providers; each stays until it is forgotten.
    """

    pk = models.CompositePrimaryKey("account_id", "id")
    account_id = models.BigIntegerField()
    id = models.UUIDField()
    provider = models.CharField(max_length=20)
    token = models.CharField(max_length=100)
    look_at = models.DateTimeField()

    class Meta:
        """Each method once; the path of the sweeper."""

        constraints = (
            models.UniqueConstraint(
                fields=["account_id", "provider", "token"], name="leaving_payer_once"
            ),
            models.CheckConstraint(condition=~Q(token=""), name="leaving_payer_has_a_name"),
        )
        indexes = (models.Index(fields=["look_at"], name="leaving_payer_waiting"),)


class Payer(models.Model):
    """An account that has wished to pay in: the row by which its wishes queue up and are counted.

    `trusted_at` lifts the limits of new accounts.
    """

    account_id = models.BigIntegerField(primary_key=True)
    trusted_at = models.DateTimeField(null=True)


class Mark(models.Model):
    """How far a provider's list of events was read; `seen_until` is on the provider's clock."""

    provider = models.CharField(max_length=20, primary_key=True)
    seen_until = models.DateTimeField(null=True)
    looked_at = models.DateTimeField()


class LowBalance(models.Model):
    """Below which sum a customer wants to be told; `told_at` while his balance is below it."""

    account_id = models.BigIntegerField(primary_key=True)
    threshold_micro = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    told_at = models.DateTimeField(null=True)

    class Meta:
        """A threshold is a sum."""

        constraints = (
            models.CheckConstraint(
                condition=Q(threshold_micro__gt=0), name="low_balance_is_above_nothing"
            ),
        )
