"""Tables of messages."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from nummer.apps.vault.fields import SealedField
from nummer.apps.vault.keys import KeyClass


class Outcome(models.TextChoices):
    """What became of a message that arrived."""

    SHOWN = "shown"  # its code stands in the order table
    TEXT = "text"  # it stands in the order table, no code was found in it
    OTHER_SERVICE = "other"  # it positively belongs to a service that nobody ordered here
    NOBODY = "nobody"  # nobody holds the number, or the window had ended
    RENTED = "rented"  # it belongs to whoever rented the number when it came
    KEPT = "kept"  # so it does, but the number was unpaid: it waits for the fee (ADR 210)


class Message(models.Model):
    """An SMS that arrived; account 0 is the operator, who keeps what belongs to nobody.

    One of a rented number has its lease, and `theirs_index` to find who wrote. A redacted one
    keeps its row; its text is gone from `content`.

    Rows go by age (`actions.purge`): all that were received before a moment, in batches, oldest
    first. What decides refunds later stands in the activation and in the decision's facts.
    """

    pk = models.CompositePrimaryKey("account_id", "id")
    account_id = models.BigIntegerField()
    id = models.UUIDField()
    activation_id = models.UUIDField(null=True)
    while_activation_id = models.UUIDField(null=True)
    e164 = models.CharField(max_length=16)
    carrier = models.CharField(max_length=20)
    outcome = models.CharField(max_length=6, choices=Outcome)
    matched = ArrayField(models.CharField(max_length=8))
    received_at = models.DateTimeField()
    stored_at = models.DateTimeField()
    parts = models.SmallIntegerField()
    content_index = models.BinaryField()
    content = SealedField(klass=KeyClass.COMMUNICATION, null=True)
    lease_id = models.UUIDField(null=True)
    theirs_index = models.BinaryField(null=True)
    redacted_at = models.DateTimeField(null=True)
    # What came before there was `content` (ADR 56); empty in all others.
    sender = SealedField(klass=KeyClass.COMMUNICATION, null=True)
    text = SealedField(klass=KeyClass.COMMUNICATION, null=True)
    code = SealedField(klass=KeyClass.COMMUNICATION, null=True)
    raw = SealedField(klass=KeyClass.COMMUNICATION, null=True)

    class Meta:
        """Constraints and paths; what is nobody's has one more, `message_of_nobody` (0004)."""

        constraints = (
            models.CheckConstraint(
                condition=Q(
                    outcome__in=["shown", "text"], activation_id__isnull=False, lease_id=None
                )
                | Q(
                    outcome__in=["rented", "kept"],
                    activation_id=None,
                    lease_id__isnull=False,
                    theirs_index__isnull=False,
                )
                | Q(
                    outcome__in=["other", "nobody"],
                    activation_id=None,
                    lease_id=None,
                    account_id=0,
                ),
                name="message_shown_exactly_to_its_holder",
            ),
            models.CheckConstraint(  # pairs, since Django takes another order for a change
                condition=Q(
                    ("content__isnull", False),
                    ("sender", None),
                    ("text", None),
                    ("code", None),
                    ("raw", None),
                )
                | (
                    Q(
                        ("content", None),
                        ("sender__isnull", False),
                        ("text__isnull", False),
                        ("raw__isnull", False),
                    )
                    & (
                        Q(outcome="shown", code__isnull=False)
                        | (~Q(outcome="shown") & Q(code=None))
                    )
                ),
                name="message_sealed_in_one_form",
            ),
        )
        indexes = (
            models.Index(
                fields=["account_id", "activation_id", "id"], name="message_of_activation"
            ),
            models.Index(fields=["content_index", "received_at"], name="message_content"),
            models.Index(fields=["received_at"], name="message_received"),
            models.Index(
                fields=["account_id", "id"],
                name="message_of_renter",
                condition=Q(lease_id__isnull=False),
            ),
            models.Index(
                fields=["account_id", "lease_id", "id"],
                name="message_of_lease",
                condition=Q(lease_id__isnull=False),
            ),
            models.Index(
                fields=["account_id", "theirs_index", "lease_id", "id"],
                name="message_of_conversation",
                condition=Q(lease_id__isnull=False),
            ),
        )


class Inbox(models.Model):
    """What its holder wants done with the SMS that come to a rented number."""

    pk = models.CompositePrimaryKey("account_id", "lease_id")
    account_id = models.BigIntegerField()
    lease_id = models.UUIDField()
    mailed = models.BooleanField()
    reply = SealedField(klass=KeyClass.COMMUNICATION, null=True)
    changed_at = models.DateTimeField()


class Conversation(models.Model):
    """All SMS of a rented number with one other side, as its holder left them.

    There is a row once he has read it, or once it was answered by itself.
    """

    pk = models.CompositePrimaryKey("account_id", "lease_id", "theirs_index")
    account_id = models.BigIntegerField()
    lease_id = models.UUIDField()
    theirs_index = models.BinaryField()
    read_until = models.UUIDField(null=True)  # the last SMS that he saw
    replied_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField()

    class Meta:
        """The path of those that are old."""

        indexes = (models.Index(fields=["changed_at"], name="conversation_changed"),)


class ForwardKind(models.TextChoices):
    """Where an SMS that came in goes on."""

    MAIL = "mail"
    REPLY = "reply"  # back: an answer by itself


class Forward(models.Model):
    """An SMS that came in and still has to go on; a due row, gone when it did."""

    pk = models.CompositePrimaryKey("account_id", "id", "kind")
    account_id = models.BigIntegerField()
    id = models.UUIDField()  # that of the message
    kind = models.CharField(max_length=5, choices=ForwardKind)
    lease_id = models.UUIDField()
    due_at = models.DateTimeField()

    class Meta:
        """The path of the sweeper."""

        indexes = (models.Index(fields=["kind", "due_at"], name="forward_due"),)


class Part(models.Model):
    """A part of a long message that still lacks others; sealed with the operator's key."""

    id = models.UUIDField(primary_key=True)
    set_index = models.BinaryField()
    sequence = models.SmallIntegerField()
    total = models.SmallIntegerField()
    carrier = models.CharField(max_length=20)
    received_at = models.DateTimeField()
    raw = SealedField(klass=KeyClass.COMMUNICATION)

    class Meta:
        """Constraints and paths."""

        constraints = (
            models.UniqueConstraint(fields=["set_index", "sequence"], name="part_once_in_its_set"),
            models.CheckConstraint(
                condition=Q(sequence__gte=1, sequence__lte=models.F("total")),
                name="part_lies_inside_its_set",
            ),
        )
        indexes = (models.Index(fields=["received_at"], name="part_received"),)


class OutgoingState(models.TextChoices):
    """How far an outgoing text came."""

    QUEUED = "queued"
    TAKEN = "taken"  # a gateway has it; whether it left is not known yet
    SENT = "sent"  # the carrier accepted it
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"  # accepted, but the carrier reports that it did not arrive
    FAILED = "failed"  # refused by the carrier
    UNKNOWN = "unknown"  # the link broke before the answer; it is never sent blindly again


class Outgoing(models.Model):
    """A text that we send; `key` makes queueing it twice queueing it once.

    One of our own texts has `to` and `text`. One of a customer's rented number has `lease_id`, its
    price and `content` (both in one seal, ADR 56); its money stands in `charge_id` (ADR 220).
    `routes` are the carriers that may have it, the best first, each with what a part costs us;
    until it is sent, `carrier` is the first of them, or empty where any may have it.
    """

    pk = models.CompositePrimaryKey("account_id", "id")
    account_id = models.BigIntegerField()
    id = models.UUIDField()
    key = models.UUIDField()
    purpose = models.CharField(max_length=20)
    sender = models.CharField(max_length=16)
    to = SealedField(klass=KeyClass.IDENTITY, null=True)
    text = SealedField(klass=KeyClass.COMMUNICATION, null=True)
    state = models.CharField(max_length=11, choices=OutgoingState)
    carrier = models.CharField(max_length=20, default="")
    carrier_message_id = models.CharField(max_length=65, default="")
    error_status = models.IntegerField(null=True)
    queued_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    lease_id = models.UUIDField(null=True)
    ours = models.CharField(max_length=16, db_default="")
    theirs_index = models.BinaryField(null=True)
    content = SealedField(klass=KeyClass.COMMUNICATION, null=True)
    parts = models.SmallIntegerField(null=True)
    rate_id = models.UUIDField(null=True)
    net_micro = models.BigIntegerField(null=True)
    tax_micro = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, db_default="")
    charge_id = models.UUIDField(null=True)
    # [[carrier, supplier, micro-units a part, currency, texts a second], ...]
    routes = models.JSONField(null=True)
    supplier = models.CharField(max_length=40, db_default="")
    cost_micro = models.BigIntegerField(null=True)
    cost_currency = models.CharField(max_length=3, db_default="")
    reason = models.CharField(max_length=40, db_default="")
    surface = models.CharField(max_length=12, db_default="")
    key_id = models.UUIDField(null=True)
    deleted = models.BooleanField(db_default=False)  # by its holder, who sees it no more
    receipt_owed = models.BooleanField(db_default=False)  # its program asked, and was not told yet

    class Meta:
        """Constraints and paths."""

        constraints = (
            models.UniqueConstraint(fields=["account_id", "key"], name="outgoing_key_once"),
            models.CheckConstraint(
                condition=Q(lease_id=None, to__isnull=False, text__isnull=False, content=None)
                | Q(
                    lease_id__isnull=False,
                    to=None,
                    text=None,
                    content__isnull=False,
                    charge_id__isnull=False,
                    net_micro__isnull=False,
                    tax_micro__isnull=False,
                    parts__gte=1,
                ),
                name="outgoing_is_ours_or_a_priced_one_of_a_lease",
            ),
        )
        indexes = (
            models.Index(
                fields=["carrier", "queued_at"],
                name="outgoing_waiting",
                condition=Q(state="queued"),
            ),
            models.Index(
                fields=["carrier", "carrier_message_id"],
                name="outgoing_by_receipt",
                condition=~Q(carrier_message_id=""),
            ),
            models.Index(
                fields=["queued_at"],
                name="outgoing_left",
                condition=~Q(state__in=["queued", "taken"]),
            ),
            models.Index(
                fields=["account_id", "lease_id", "id"],
                name="outgoing_of_lease",
                condition=Q(lease_id__isnull=False),
            ),
            models.Index(
                fields=["account_id", "charge_id"],
                name="outgoing_of_charge",
                condition=Q(state__in=["queued", "taken", "unknown"], charge_id__isnull=False),
            ),
            models.Index(
                fields=["account_id", "id"],
                name="outgoing_receipt_owed",
                condition=Q(receipt_owed=True, state__in=["delivered", "undelivered", "failed"]),
            ),
            models.Index(
                fields=["queued_at", "account_id", "id"],
                name="outgoing_still_waiting",
                condition=Q(state__in=["queued", "taken"], lease_id__isnull=False),
            ),
            models.Index(
                fields=["carrier", "ours", "done_at"],
                name="outgoing_of_unknown_fate",
                condition=Q(state="unknown", lease_id__isnull=False),
            ),
            models.Index(
                fields=["account_id", "theirs_index", "lease_id", "id"],
                name="outgoing_of_conversation",
                condition=Q(lease_id__isnull=False),
            ),
        )


class Deadline(models.Model):
    """A text that is not to be sent after a moment; a due row, gone when that has come."""

    pk = models.CompositePrimaryKey("account_id", "id")
    account_id = models.BigIntegerField()
    id = models.UUIDField()  # that of the text
    until = models.DateTimeField()

    class Meta:
        """The path of the sweeper."""

        indexes = (models.Index(fields=["until"], name="deadline_due"),)


class Charge(models.Model):
    """The money of the texts that were accepted together: one hold, taken once (ADR 220).

    `waiting` counts those without a final fate, `unknown` those of them that the others do not
    wait for; `net_micro` and `tax_micro` add up what the carriers accepted.
    """

    pk = models.CompositePrimaryKey("account_id", "id")
    account_id = models.BigIntegerField()
    id = models.UUIDField()
    currency = models.CharField(max_length=3)
    held_micro = models.BigIntegerField()
    waiting = models.IntegerField()
    unknown = models.IntegerField(db_default=0)
    net_micro = models.BigIntegerField(db_default=0)
    tax_micro = models.BigIntegerField(db_default=0)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        """A charge is closed when nothing waits any more."""

        constraints = (
            models.CheckConstraint(
                condition=Q(waiting__gte=0, unknown__gte=0)
                & (Q(closed_at=None) | Q(waiting=0, unknown=0)),
                name="charge_closed_when_nothing_waits",
            ),
            models.CheckConstraint(
                condition=Q(held_micro__gte=F("net_micro") + F("tax_micro")),
                name="charge_takes_at_most_what_is_held",
            ),
        )


class Sender(models.Model):
    """How many texts of its rented numbers an account sent lately; accepting locks this row."""

    account_id = models.BigIntegerField(primary_key=True)
    minute_from = models.DateTimeField()
    minute_count = models.IntegerField()
    day_from = models.DateTimeField()
    day_count = models.IntegerField()
    abroad_count = models.IntegerField(db_default=0)  # of this day, to other countries
    spent_micro = models.BigIntegerField(db_default=0)  # of this day, with tax
    spend_max_micro = models.BigIntegerField(null=True)  # a day, as the customer wishes


class Pushed(models.Model):
    """Up to which SMS that came in an account's program has them by SMPP."""

    account_id = models.BigIntegerField(primary_key=True)
    upto = models.UUIDField()
    since = models.DateTimeField()


class SendingLimits(models.Model):
    """What an account may send; 0 limits nothing. Account 0 holds what counts for the others."""

    account_id = models.BigIntegerField(primary_key=True)
    per_minute = models.IntegerField()
    per_day = models.IntegerField()
    new_recipients_per_hour = models.IntegerField()
    new_abroad_per_day = models.IntegerField()
    changed_at = models.DateTimeField()


class OptOut(models.Model):
    """Somebody wants no more texts of a rented number."""

    pk = models.CompositePrimaryKey("account_id", "id")
    account_id = models.BigIntegerField()
    id = models.UUIDField()
    lease_id = models.UUIDField()
    theirs_index = models.BinaryField()
    since = models.DateTimeField()

    class Meta:
        """Once is enough."""

        constraints = (
            models.UniqueConstraint(
                fields=["account_id", "lease_id", "theirs_index"], name="optout_once"
            ),
        )


class Quiet(models.Model):
    """A rented number that sends nothing at night."""

    pk = models.CompositePrimaryKey("account_id", "lease_id")
    account_id = models.BigIntegerField()
    lease_id = models.UUIDField()
    since = models.DateTimeField()


class Purge(models.Model):
    """What was deleted on a day because its time was over; `before` is how far deletion came."""

    day = models.DateField(primary_key=True)
    before = models.DateTimeField()
    messages = models.BigIntegerField(default=0)
    outgoing = models.BigIntegerField(default=0)


class Minute(models.Model):
    """How many SMS the links to carriers carried in a minute, of all customers together.

    `came` counts what carriers delivered, `acknowledged` and `refused` what we answered them;
    `left` what carriers took of us, `declined` what they would not take.
    """

    minute = models.DateTimeField(primary_key=True)
    came = models.IntegerField()
    acknowledged = models.IntegerField()
    refused = models.IntegerField()
    left = models.IntegerField()
    declined = models.IntegerField()
