"""Tables of cases; account 0 is the operator's and holds what nobody's account sent."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from nummer.apps.vault.fields import SealedField
from nummer.apps.vault.keys import KeyClass


class Kind(models.TextChoices):
    """What the customer wants."""

    QUESTION = "question"
    REFUND = "refund"
    OUTAGE = "outage"
    WITHDRAWAL = "withdrawal"
    PAYOUT = "payout"
    ERASURE = "erasure"
    COPY = "copy"
    COMPLAINT = "complaint"
    PORT_OUT = "port-out"  # to take a rented number to another provider
    PAPERS = "papers"  # that somebody judges what was handed in
    ABUSE = "abuse"  # somebody tells what was done with a number of ours


class Channel(models.TextChoices):
    """How a message came or went."""

    MAIL = "mail"
    PAGE = "page"
    PHONE = "phone"
    API = "api"


class Proof(models.TextChoices):
    """What shows that the customer himself wrote."""

    SIGNED_IN = "signed-in"  # written in his account
    KEY = "key"  # written by a program with a key of his account
    ALIGNED = "aligned"  # from his address, with a DKIM signature of its domain
    CLAIMED = "claimed"  # from his address, and nothing proves it
    NONE = "none"  # from an address of no account
    STAFF = "staff"  # a member of the staff wrote down what was said


class State(models.TextChoices):
    """Whose turn it is."""

    OPEN = "open"  # ours
    ANSWERED = "answered"  # the customer's
    CLOSED = "closed"


class Rating(models.TextChoices):
    """What a customer says of how his case went; nobody has to (LD-D4)."""

    GOOD = "good"
    FAIR = "fair"
    POOR = "poor"


class CaseNumber(models.Model):
    """Whose case a number is; a caller and the token of a mail name only the number."""

    number = models.BigAutoField(primary_key=True)
    account_id = models.BigIntegerField()
    case_id = models.UUIDField()


class Case(models.Model):
    """One matter. `received_at` is the first contact, on which every deadline counts."""

    pk = models.CompositePrimaryKey("account_id", "id")
    account_id = models.BigIntegerField()
    id = models.UUIDField()
    number = models.BigIntegerField()
    kind = models.CharField(max_length=10, choices=Kind)
    channel = models.CharField(max_length=5, choices=Channel)
    proof = models.CharField(max_length=9, choices=Proof)
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    language = models.CharField(max_length=2)
    order_id = models.UUIDField(null=True)
    assignee = models.CharField(max_length=40, default="")
    merged_into = models.BigIntegerField(null=True)
    subject = SealedField(klass=KeyClass.COMMUNICATION)
    sender = SealedField(klass=KeyClass.COMMUNICATION, null=True)
    sender_index = models.BinaryField(null=True)
    received_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    last_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    waits_since = models.DateTimeField(null=True)
    rating = models.CharField(max_length=4, choices=Rating, default="")
    rated_at = models.DateTimeField(null=True)
    due_on = models.DateField(null=True)
    due_rule = models.CharField(max_length=10, default="")
    calendar_version = models.CharField(max_length=20, default="")
    purge_at = models.DateTimeField()

    class Meta:
        """What fits together, and the paths of lists."""

        constraints = (
            models.UniqueConstraint(
                fields=["account_id", "number"], name="case_number_once_in_an_account"
            ),
            models.CheckConstraint(
                condition=Q(state="closed", closed_at__isnull=False)
                | (~Q(state="closed") & Q(closed_at=None)),
                name="case_closed_exactly_when_it_says_when",
            ),
            models.CheckConstraint(
                condition=Q(state="open", waits_since__isnull=False)
                | (~Q(state="open") & Q(waits_since=None)),
                name="case_waits_exactly_while_it_is_open",
            ),
            models.CheckConstraint(
                condition=Q(merged_into=None) | Q(state="closed"),
                name="case_merged_is_closed",
            ),
            models.CheckConstraint(
                condition=Q(rating="", rated_at=None) | (~Q(rating="") & Q(rated_at__isnull=False)),
                name="case_rated_exactly_when_it_says_when",
            ),
            models.CheckConstraint(
                condition=Q(due_on=None, due_rule="", calendar_version="")
                | (Q(due_on__isnull=False) & ~Q(due_rule="") & ~Q(calendar_version="")),
                name="case_due_by_a_rule_and_a_calendar",
            ),
            models.CheckConstraint(
                condition=Q(sender=None, sender_index=None)
                | Q(sender__isnull=False, sender_index__isnull=False),
                name="case_sender_found_exactly_where_known",
            ),
        )
        indexes = (
            models.Index(
                fields=["waits_since", "id"], name="case_waiting", condition=Q(state="open")
            ),
            models.Index(
                fields=["assignee", "waits_since", "id"],
                name="case_of_assignee",
                condition=Q(state="open"),
            ),
            models.Index(
                fields=["rated_at"], name="case_rated", condition=Q(rated_at__isnull=False)
            ),
            models.Index(fields=["number"], name="case_latest"),
            models.Index(fields=["purge_at"], name="case_to_purge"),
        )


class Message(models.Model):
    """One message of a case.

    `content` is a sealed JSON of sender, subject, text, message id and the list of attachments;
    `raw` are the sealed octets of a mail, kept until `raw_until`.
    """

    pk = models.CompositePrimaryKey("account_id", "id")
    account_id = models.BigIntegerField()
    id = models.UUIDField()
    case_id = models.UUIDField()
    inbound = models.BooleanField()
    channel = models.CharField(max_length=5, choices=Channel)
    actor = models.CharField(max_length=40)
    at = models.DateTimeField()
    proof = models.CharField(max_length=9, choices=Proof)
    dkim = models.CharField(max_length=11, default="")
    standard = models.CharField(max_length=48, default="")
    automatic = models.BooleanField(default=False)
    redacted = models.BooleanField(default=False)
    cut = models.BooleanField(default=False)
    content = SealedField(klass=KeyClass.COMMUNICATION)
    raw = SealedField(klass=KeyClass.COMMUNICATION, null=True)
    raw_until = models.DateTimeField(null=True)

    class Meta:
        """What fits together, and the paths of lists."""

        constraints = (
            models.CheckConstraint(
                condition=Q(raw=None, raw_until=None)
                | Q(raw__isnull=False, raw_until__isnull=False),
                name="case_raw_kept_exactly_until_it_goes",
            ),
        )
        indexes = (
            models.Index(fields=["account_id", "case_id", "at", "id"], name="case_messages"),
            models.Index(
                fields=["raw_until"], name="case_raw_to_purge", condition=Q(raw__isnull=False)
            ),
        )


class Attachment(models.Model):
    """A file that came with a message of a page, drawn anew; its name stands in the message."""

    pk = models.CompositePrimaryKey("account_id", "id")
    account_id = models.BigIntegerField()
    id = models.UUIDField()
    message_id = models.UUIDField()
    media = models.CharField(max_length=15)
    content = SealedField(klass=KeyClass.COMMUNICATION)

    class Meta:
        """The path of a message's files."""

        indexes = (models.Index(fields=["account_id", "message_id"], name="case_files"),)


class Note(models.Model):
    """What the staff write for themselves; the customer never gets it, nor a copy of it."""

    pk = models.CompositePrimaryKey("account_id", "id")
    account_id = models.BigIntegerField()
    id = models.UUIDField()
    case_id = models.UUIDField()
    actor = models.CharField(max_length=40)
    at = models.DateTimeField()
    content = SealedField(klass=KeyClass.COMMUNICATION)

    class Meta:
        """The path of a case's notes."""

        indexes = (models.Index(fields=["account_id", "case_id", "at", "id"], name="case_notes"),)


class Why(models.TextChoices):
    """Why one of the staff looks at a customer; he reads it among those who looked."""

    CASE = "case"  # a case of his is open
    CALLED = "called"  # he is on the phone
    OTHER_CASE = "other-case"  # a case of another customer leads to him
    FAULT = "fault"  # a fault or a block may concern him
    CHECK = "check"  # somebody checks our own work


class Access(models.Model):
    """One of the staff may look at one account for a while, for a reason."""

    pk = models.CompositePrimaryKey("account_id", "id")
    account_id = models.BigIntegerField()
    id = models.UUIDField()
    actor = models.CharField(max_length=40)
    why = models.CharField(max_length=10, choices=Why)
    case_id = models.UUIDField(null=True)
    number = models.BigIntegerField(null=True)
    at = models.DateTimeField()
    until = models.DateTimeField()

    class Meta:
        """A case is named exactly where it is the reason; found by who looks."""

        constraints = (
            models.CheckConstraint(
                condition=Q(why="case", case_id__isnull=False, number__isnull=False)
                | (~Q(why="case") & Q(case_id=None, number=None)),
                name="case_access_names_its_case",
            ),
            models.CheckConstraint(
                condition=Q(until__gt=models.F("at")), name="case_access_lasts_a_while"
            ),
        )
        indexes = (
            models.Index(fields=["actor", "until"], name="case_access_of_actor"),
            models.Index(fields=["until"], name="case_access_to_purge"),
        )


class StandardAnswer(models.Model):
    """One version of a text that the staff answer with, in the three languages; only added."""

    pk = models.CompositePrimaryKey("code", "version")
    code = models.SlugField(max_length=40, db_index=False)
    version = models.IntegerField()
    kind = models.CharField(max_length=10, choices=Kind)
    title = models.CharField(max_length=120)
    en = models.TextField()
    nb = models.TextField()
    de = models.TextField()
    retired = models.BooleanField(default=False)
    actor = models.CharField(max_length=40)
    at = models.DateTimeField()

    class Meta:
        """Named like the others."""

        db_table = "cases_standard_answer"


class AnswerCount(models.Model):
    """How many receipts an address got on a day, so that two machines cannot talk for ever."""

    pk = models.CompositePrimaryKey("address_index", "day")
    address_index = models.BinaryField()
    day = models.DateField()
    count = models.IntegerField()

    class Meta:
        """The path of the purge."""

        db_table = "cases_answer_count"
        indexes = (models.Index(fields=["day"], name="answer_count_by_day"),)
