"""Tables of facts; rows are added and never changed."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from nummer.apps.vault.fields import SealedField
from nummer.apps.vault.keys import KeyClass


class SubjectKind(models.TextChoices):
    """What a fact is about; the kinds of orders are those of the refund policy."""

    ACCOUNT = "account"
    ONE_TIME = "one_time"
    RENTAL = "rental"
    METERED = "metered"
    TOPUP = "topup"


class Kind(models.TextChoices):
    """What happened. Behind each: its word, and what `holds` answers."""

    PROBLEM = "problem"  # the customer let us know that it does not work
    WORKS = "works"  # it works again; word: whose doing the silence was
    CARRIER_FAULT = "carrier_fault"  # it fails through the carrier, by evidence
    CARRIER_BLOCK = "carrier_block"  # the carrier took it away; word: why
    STOCK_FAILURE = "stock_failure"  # there was none to give; holds: the whole place was empty
    PROVISION_FAILURE = "provision_failure"  # it could not be set up
    PAPERS = "papers"  # word: how they ended; holds: the page had named them
    SEARCHED = "searched"  # a replacement of the same country and city; holds: found
    ANSWERED = "answered"  # the customer, to the replacement; holds: accepted
    BREACH = "breach"  # a restriction was ignored; holds: that is why nothing came
    UNDELIVERED = "undelivered"  # charged and never delivered
    CLOSED = "closed"  # ended before its time; word: by whom
    ABUSE = "abuse"  # a step of a case; word: which


class Source(models.TextChoices):
    """How we learned of it."""

    PAGE = "page"
    MAIL = "mail"
    PHONE = "phone"
    API = "api"
    NOTICE = "notice"  # one click on the notice of an incident
    CARRIER = "carrier"
    STAFF = "staff"
    SYSTEM = "system"


# Words that a kind needs; kinds that are not here have none.
WORDS = {
    Kind.WORKS: ("other", "client_activity"),
    Kind.CARRIER_BLOCK: ("unrelated", "unknown", "client_activity"),
    Kind.PAPERS: ("refused", "rejected_by_carrier"),
    Kind.CLOSED: ("client", "operator"),
    Kind.ABUSE: ("suspected", "confirmed", "rejected", "appealed"),
}
ANSWERING = (Kind.STOCK_FAILURE, Kind.PAPERS, Kind.SEARCHED, Kind.ANSWERED, Kind.BREACH)
_WORDLESS = tuple(kind for kind in Kind if kind not in WORDS)


def _word_fits() -> Q:
    fits = Q(kind__in=_WORDLESS, word="")
    for kind, words in WORDS.items():
        fits |= Q(kind=kind, word__in=words)
    return fits


class Fact(models.Model):
    """One thing that happened to a customer's order or account.

    `about` is the earlier fact that this one is about: the problem that ended, the case of abuse.
    `snapshot` holds what was listed or searched, without a word about a person. `with_actor` is
    the second person where the policy asks for two.
    """

    pk = models.CompositePrimaryKey("account_id", "id")
    account_id = models.BigIntegerField()
    id = models.UUIDField()
    subject_kind = models.CharField(max_length=8, choices=SubjectKind)
    subject_id = models.UUIDField(null=True)
    kind = models.CharField(max_length=17, choices=Kind)
    word = models.CharField(max_length=20, blank=True)
    holds = models.BooleanField(null=True)
    about = models.UUIDField(null=True)
    incident_id = models.UUIDField(null=True)
    case_id = models.UUIDField(null=True)
    source = models.CharField(max_length=7, choices=Source)
    actor = models.CharField(max_length=40)
    with_actor = models.CharField(max_length=40, blank=True)
    happened_at = models.DateTimeField()
    learned_at = models.DateTimeField()
    evidence = SealedField(klass=KeyClass.COMMUNICATION, null=True)
    reference = models.CharField(max_length=80, blank=True)
    snapshot = models.JSONField(default=dict)

    class Meta:
        """Constraints of a fact, and the paths to those of an order and of an account."""

        constraints = (
            models.CheckConstraint(condition=_word_fits(), name="fact_has_the_word_of_its_kind"),
            models.CheckConstraint(
                condition=Q(kind__in=ANSWERING, holds__isnull=False)
                | (~Q(kind__in=ANSWERING) & Q(holds=None)),
                name="fact_answers_exactly_what_its_kind_asks",
            ),
            models.CheckConstraint(
                condition=Q(subject_kind="account", subject_id=None)
                | (Q(subject_kind__in=SubjectKind.values[1:]) & Q(subject_id__isnull=False)),
                name="fact_is_about_an_order_or_the_account",
            ),
            models.CheckConstraint(
                condition=Q(learned_at__gte=F("happened_at")),
                name="fact_is_not_learned_before_it_happened",
            ),
            models.CheckConstraint(
                condition=~Q(kind="abuse", word="confirmed")
                | (~Q(reference="") & ~Q(with_actor="") & ~Q(with_actor=F("actor"))),
                name="abuse_is_confirmed_by_a_second_person_with_a_reference",
            ),
            models.CheckConstraint(
                condition=Q(kind="abuse", word="suspected", about=None)
                | Q(kind="abuse", about__isnull=False)
                | ~Q(kind="abuse"),
                name="abuse_is_suspected_first",
            ),
        )
        indexes = (
            models.Index(fields=["account_id", "subject_id"], name="fact_of_subject"),
            models.Index(
                fields=["account_id"],
                name="fact_of_whole_account",
                condition=Q(kind="abuse") | Q(subject_kind="account"),
            ),
            models.Index(
                fields=["happened_at"],
                name="fact_abuse_case",
                condition=Q(kind="abuse"),
            ),
            models.Index(fields=["learned_at"], name="fact_with_words", condition=~Q(actor="gone")),
            models.Index(
                fields=["learned_at"], name="fact_without_words", condition=Q(actor="gone")
            ),
        )


class IncidentKind(models.TextChoices):
    """What the staff made known."""

    OUTAGE = "outage"  # something does not work
    CLOSURE = "closure"  # we end it


class Incident(models.Model):
    """What concerns all in a scope, made known by the staff; an empty part of a scope means all."""

    id = models.UUIDField(primary_key=True, editable=False)
    kind = models.CharField(max_length=7, choices=IncidentKind)
    carrier = models.CharField(max_length=20, blank=True)
    country = models.CharField(max_length=2, blank=True)
    service = models.CharField(max_length=8, blank=True)
    numbers = ArrayField(models.CharField(max_length=16), default=list)
    words = models.CharField(max_length=500, blank=True)
    began_at = models.DateTimeField()
    published_at = models.DateTimeField()
    actor = models.CharField(max_length=40)

    class Meta:
        """An incident is not everything, and not of the future."""

        constraints = (
            models.CheckConstraint(
                condition=~Q(carrier="", country="", service="", numbers=[]),
                name="incident_has_a_scope",
            ),
            models.CheckConstraint(
                condition=Q(published_at__gte=F("began_at")),
                name="incident_is_not_published_before_it_began",
            ),
        )
        indexes = (models.Index(fields=["began_at"], name="incident_in_time"),)


class IncidentEnd(models.Model):
    """An incident is over; a row of its own, since rows are never changed."""

    incident = models.OneToOneField(Incident, on_delete=models.PROTECT, primary_key=True)
    ended_at = models.DateTimeField()
    learned_at = models.DateTimeField()
    actor = models.CharField(max_length=40)


class IncidentDraft(models.Model):
    """What may be an outage: a machine saw it, and a person decides whether it is made known.

    `over_at` says since when it looks well again. One draft waits for each scope and reason.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    carrier = models.CharField(max_length=20, blank=True)
    country = models.CharField(max_length=2, blank=True)
    reason = models.CharField(max_length=20)
    began_at = models.DateTimeField()
    raised_at = models.DateTimeField()
    over_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, null=True)
    actor = models.CharField(max_length=40, blank=True)

    class Meta:
        """A draft has a scope, waits once, and becomes an incident by a decision only."""

        constraints = (
            models.CheckConstraint(
                condition=~Q(carrier="", country=""), name="incident_draft_has_a_scope"
            ),
            models.CheckConstraint(
                condition=Q(decided_at=None, incident=None, actor="")
                | (Q(decided_at__isnull=False) & ~Q(actor="")),
                name="incident_draft_is_decided_by_somebody",
            ),
            models.UniqueConstraint(
                fields=["carrier", "country", "reason"],
                condition=Q(decided_at=None),
                name="incident_draft_waits_once",
            ),
        )


class Maintenance(models.Model):
    """Work that is planned; a plan, not a fact, so it may be called off.

    Whom it concerns is a carrier, a country, both, or, where both are empty, everybody; customers
    read the country and the words of their language, never the carrier.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    carrier = models.CharField(max_length=20, blank=True, db_default="")
    country = models.CharField(max_length=2, blank=True)
    words = models.CharField(max_length=500)  # in English
    words_nb = models.CharField(max_length=500, blank=True, db_default="")
    words_de = models.CharField(max_length=500, blank=True, db_default="")
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    published_at = models.DateTimeField()
    called_off_at = models.DateTimeField(null=True)
    actor = models.CharField(max_length=40)

    class Meta:
        """Work lasts, and is said before it begins."""

        constraints = (
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("begins_at"), begins_at__gte=F("published_at")),
                name="maintenance_lasts_and_is_said_before",
            ),
        )
        indexes = (models.Index(fields=["ends_at"], name="maintenance_in_time"),)


class IncidentLetter(models.Model):
    """That the holder of a number is to be told of an incident; gone once he was told.

    `order_id` is an open order, or a lease.
    """

    pk = models.CompositePrimaryKey("account_id", "order_id", "incident_id")
    account_id = models.BigIntegerField()
    order_id = models.UUIDField()
    incident_id = models.UUIDField()
    due_at = models.DateTimeField()

    class Meta:
        """The path of the sweeper."""

        indexes = (models.Index(fields=["due_at"], name="incident_letter_due"),)


class PlanLetter(models.Model):
    """That an account is to be told of planned work; gone once it was told."""

    pk = models.CompositePrimaryKey("account_id", "plan_id")
    account_id = models.BigIntegerField()
    plan_id = models.UUIDField()
    due_at = models.DateTimeField()

    class Meta:
        """The path of the sweeper."""

        indexes = (models.Index(fields=["due_at"], name="plan_letter_due"),)


class CarrierKey(models.Model):
    """What a carrier signs its notices with; two at once while one takes over from the other."""

    id = models.UUIDField(primary_key=True, editable=False)
    carrier = models.CharField(max_length=20)
    key = SealedField(klass=KeyClass.IDENTITY)
    added_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True)

    class Meta:
        """The path from a carrier to its keys."""

        indexes = (models.Index(fields=["carrier"], name="carrier_key_of"),)


class CarrierEvent(models.TextChoices):
    """What a carrier may let us know."""

    BLOCK = "block"  # a number was taken away for good
    FAULT = "fault"  # it does not work
    REPAIR = "repair"  # it works again


class CarrierNotice(models.Model):
    """What a carrier let us know: about one number, or about all of a country, or about all."""

    id = models.UUIDField(primary_key=True, editable=False)
    carrier = models.CharField(max_length=20)
    event = models.CharField(max_length=6, choices=CarrierEvent)
    number = models.CharField(max_length=16, blank=True)
    country = models.CharField(max_length=2, blank=True)
    reason = models.CharField(max_length=16, blank=True)
    words = models.CharField(max_length=120, blank=True, default="")  # the carrier's, of a block
    happened_at = models.DateTimeField()
    received_at = models.DateTimeField()
    nonce = models.CharField(max_length=64)
    signed_at = models.DateTimeField()
    body_sha256 = models.CharField(max_length=64)

    class Meta:
        """A nonce is taken once; a block is of one number and says why."""

        constraints = (
            models.UniqueConstraint(fields=["carrier", "nonce"], name="notice_nonce_once"),
            models.CheckConstraint(
                condition=Q(
                    ~Q(number=""),
                    event="block",
                    reason__in=["unrelated", "unknown", "client_activity"],
                )
                | Q(event__in=["fault", "repair"], reason=""),
                name="notice_of_a_block_names_number_and_reason",
            ),
            models.CheckConstraint(
                condition=Q(received_at__gte=F("happened_at")),
                name="notice_is_not_received_before_it_happened",
            ),
        )
        indexes = (models.Index(fields=["carrier", "number"], name="notice_of_number"),)


class BlockProposal(models.Model):
    """One person proposes to block a balance, as an authority demands (RP-P2b)."""

    pk = models.CompositePrimaryKey("account_id", "id")
    account_id = models.BigIntegerField()
    id = models.UUIDField()
    reference = models.CharField(max_length=80)
    authority = models.CharField(max_length=120)
    actor = models.CharField(max_length=40)
    proposed_at = models.DateTimeField()

    class Meta:
        """A proposal has the reference of the register's entry."""

        constraints = (
            models.CheckConstraint(
                condition=Q(reference__regex=r"[[:alnum:]]"), name="block_proposal_has_a_reference"
            ),
        )


class BalanceBlock(models.Model):
    """A balance is blocked: proposed by one person, approved by another (RP-P2b).

    The columns repeat the proposal's, so that the row alone shows both persons and the reference.
    """

    pk = models.CompositePrimaryKey("account_id", "id")
    account_id = models.BigIntegerField()
    id = models.UUIDField()
    reference = models.CharField(max_length=80)
    proposed_by = models.CharField(max_length=40)
    approved_by = models.CharField(max_length=40)
    began_at = models.DateTimeField()

    class Meta:
        """A block without a reference and two different persons cannot stand here."""

        constraints = (
            models.CheckConstraint(
                condition=Q(reference__regex=r"[[:alnum:]]"), name="balance_block_has_a_reference"
            ),
            models.CheckConstraint(
                condition=Q(proposed_by__startswith="staff:", approved_by__startswith="staff:")
                & ~Q(proposed_by=F("approved_by")),
                name="balance_block_has_two_different_persons",
            ),
        )


class BlockRelease(models.Model):
    """A block is over."""

    pk = models.CompositePrimaryKey("account_id", "id")
    account_id = models.BigIntegerField()
    id = models.UUIDField()  # of the block
    reason = models.CharField(max_length=200)
    actor = models.CharField(max_length=40)
    released_at = models.DateTimeField()
