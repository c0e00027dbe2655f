"""Tables of references that we give out, of statements that were read, and of their entries."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q


class Subject(models.TextChoices):
    """What a reference is for."""

    TOP_UP = "top_up"  # money that comes
    REFUND = "refund"  # money that goes back to a bank transfer
    SHARE = "share"  # a part of a payout that the staff sends
    ENTRY = "entry"  # an entry in suspense that goes back to its payer


class Reference(models.Model):
    """Directory: a word that payments carry; never given out twice, the number in it counts up.

    `account_id` is missing where a wish to pay in names its account elsewhere, or nobody is known.
    """

    number = models.BigAutoField(primary_key=True)
    word = models.CharField(max_length=25)
    subject = models.CharField(max_length=6, choices=Subject)
    account_id = models.BigIntegerField(null=True)
    subject_id = models.UUIDField()
    drawn_at = models.DateTimeField()

    class Meta:
        """One word, one thing."""

        constraints = (
            models.UniqueConstraint(fields=["word"], name="reference_given_out_once"),
            models.UniqueConstraint(
                fields=["subject", "subject_id"], name="reference_one_for_each_subject"
            ),
        )


class Statement(models.Model):
    """A statement that was read; `account` is the currency of our account at the bank.

    `made` is when the bank says that it made it, in its own writing. `finished_at` is missing
    where the reading was broken off; reading the file again finishes it.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    account = models.CharField(max_length=3)
    statement = models.CharField(max_length=35)
    made = models.CharField(max_length=40, blank=True)
    opening_micro = models.BigIntegerField(null=True)
    closing_micro = models.BigIntegerField(null=True)
    entries = models.IntegerField(default=0)
    actor = models.CharField(max_length=40)
    taken_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        """One statement, one row."""

        constraints = (
            models.UniqueConstraint(
                fields=["account", "statement", "made"], name="statement_known_once"
            ),
        )
        indexes = (models.Index(fields=["account", "taken_at"], name="statement_lately"),)


class EntryState(models.TextChoices):
    """What became of an entry."""

    CREDITED = "credited"  # it paid a top-up
    SUSPENSE = "suspense"  # a person has to say what it is
    RETURNING = "returning"  # it goes back to its payer; the bank has not confirmed that
    RETURNED = "returned"
    OWN = "own"  # the operator's own business
    CONFIRMED = "confirmed"  # it is a transfer of ours that went out
    CAME_BACK = "came_back"  # a transfer of ours that could not be delivered
    TAKEN_BACK = "taken_back"  # the bank took a payment back, and so did we


class Reason(models.TextChoices):
    """Why an entry waits for a person."""

    NO_REFERENCE = "no_reference"
    SEVERAL_REFERENCES = "several_references"
    UNKNOWN_REFERENCE = "unknown_reference"
    PAID_BEFORE = "paid_before"  # the reference was paid, or sent, already
    OTHER_SUM = "other_sum"
    OTHER_CURRENCY = "other_currency"
    REVERSAL = "reversal"  # the bank takes back what it booked
    CAME_BACK = "came_back"  # a transfer of ours that needs a person to see where it belongs
    DISPUTED = "disputed"  # a transfer for a payment that its payer's bank takes back, or may
    BATCH = "batch"  # its parts are not told apart


class Deed(models.TextChoices):
    """What the staff do with an entry in suspense."""

    GIVE = "give"  # credit it to an account
    RETURN = "return"  # send it back to its payer
    OWN = "own"  # it is no customer's money
    TAKE_BACK = "take_back"  # take from the balance what the bank took back


class Why(models.TextChoices):
    """The staff's reason for a deed; a choice, so that nothing of a payer is written down."""

    MISTYPED = "mistyped"  # the payer mistyped the reference
    PROVEN = "proven"  # the customer showed the receipt of his bank
    OTHER_SUM = "other_sum"  # the reference is right, the sum is another
    PAID_TWICE = "paid_twice"
    UNKNOWN = "unknown"  # nobody could say whose it is
    NOT_CUSTOMERS = "not_customers"  # a provider's settlement, interest, fees
    BANK_RECALLED = "bank_recalled"


class Entry(models.Model):
    """Directory: one movement on an account of ours, positive when it came.

    `key` is made of what the bank calls it, so that reading it again finds this row. `word` is our
    reference where it carries one. `account_id` is whose it is, or whose it may be while it waits.
    While a deed needs a second person, `deed` stands and `second` is empty.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    key = models.CharField(max_length=64)
    statement_id = models.UUIDField()
    place = models.CharField(max_length=20)
    account = models.CharField(max_length=3)
    amount_micro = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reversal = models.BooleanField()
    booked_on = models.DateField()
    bank_reference = models.CharField(max_length=35, blank=True)
    word = models.CharField(max_length=25, blank=True)
    state = models.CharField(max_length=10, choices=EntryState)
    reason = models.CharField(max_length=18, choices=Reason, blank=True)
    account_id = models.BigIntegerField(null=True)
    top_up_id = models.UUIDField(null=True)
    deed = models.CharField(max_length=9, choices=Deed, blank=True)
    why = models.CharField(max_length=13, choices=Why, blank=True)
    first = models.CharField(max_length=40, blank=True)
    second = models.CharField(max_length=40, blank=True)
    taken_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        """Each once; the paths of the staff's list, of a word, and of a day."""

        constraints = (
            models.UniqueConstraint(fields=["key"], name="entry_of_a_bank_once"),
            models.CheckConstraint(
                condition=Q(state__in=["suspense", "returning"], closed_at=None)
                | (~Q(state__in=["suspense", "returning"]) & Q(closed_at__isnull=False)),
                name="entry_closed_exactly_at_its_end",
            ),
            models.CheckConstraint(
                condition=~Q(state="credited")
                | Q(account_id__isnull=False, top_up_id__isnull=False, amount_micro__gt=0),
                name="entry_credited_has_its_top_up",
            ),
            models.CheckConstraint(
                condition=~Q(state="suspense") | ~Q(reason=""), name="entry_in_suspense_says_why"
            ),
            models.CheckConstraint(
                condition=Q(first="") | ~Q(first=F("second")), name="entry_decided_by_two_persons"
            ),
        )
        indexes = (
            models.Index(
                fields=["taken_at"],
                name="entry_open",
                condition=Q(state__in=["suspense", "returning"]),
            ),
            models.Index(fields=["word"], name="entry_of_a_word", condition=~Q(word="")),
            models.Index(fields=["closed_at"], name="entry_closed"),
        )


class Look(models.Model):
    """When the folder of statements was looked into; one row."""

    place = models.SmallIntegerField(primary_key=True)
    looked_at = models.DateTimeField()
