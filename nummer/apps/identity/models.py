"""Tables of rules, papers, their documents, and of every look at them."""

from __future__ import annotations

from typing import Final

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from nummer.apps.identity.words import Checked, Part, State, Verdict
from nummer.apps.vault.fields import SealedField
from nummer.apps.vault.keys import KeyClass

STATES: Final = [(state.value, state.value) for state in State]
CHECKS: Final = [(check.value, check.value) for check in Checked]
PARTS: Final = [(part.value, part.value) for part in Part]
VERDICTS: Final = [(verdict.value, verdict.value) for verdict in Verdict]


class Rule(models.Model):
    """What is asked for from a moment on; the latest that fits counts, empty lists ask nothing.

    An empty `supplier` or `customer` stands for every one; a rule for one supplier goes before.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    country = models.CharField(max_length=2)
    kind = models.CharField(max_length=10)
    supplier = models.CharField(max_length=20, default="", blank=True)
    customer = models.CharField(max_length=7, default="", blank=True)
    fields = ArrayField(models.CharField(max_length=20))
    documents = ArrayField(models.CharField(max_length=10))
    from_at = models.DateTimeField()

    class Meta:
        """The path to what counts."""

        indexes = (models.Index(fields=["country", "kind", "from_at"], name="rule_in_force"),)


class Papers(models.Model):
    """What a customer handed in at once, and what was found; the documents lie beside.

    Once they are purged, what was found stays without what was handed in.
    """

    pk = models.CompositePrimaryKey("account_id", "id")
    account_id = models.BigIntegerField()
    id = models.UUIDField()
    state = models.CharField(max_length=8, choices=STATES)
    declared = SealedField(klass=KeyClass.PAPERS, null=True)
    handed_in_at = models.DateTimeField()
    judged_at = models.DateTimeField(null=True)
    judged_by = models.CharField(max_length=40, default="", blank=True)
    reasons = ArrayField(models.CharField(max_length=20), default=list)
    words = SealedField(klass=KeyClass.PAPERS, null=True)
    expires_on = models.DateField(null=True)  # while they wait: as a zone said
    taken_by = models.CharField(max_length=40, default="", blank=True)  # whose task they are
    taken_at = models.DateTimeField(null=True)
    zone_index = models.BinaryField(null=True)  # of a document's number, to know it again
    findings = ArrayField(models.CharField(max_length=20), default=list)
    grounds = SealedField(klass=KeyClass.PAPERS, null=True)  # why, in spite of the findings
    remind_at = models.DateTimeField(null=True)  # when their holder is told that they expire
    purge_at = models.DateTimeField(null=True)  # when to look whether they are still needed
    purged_at = models.DateTimeField(null=True)

    class Meta:
        """One waits at a time, and a judgement is whole."""

        constraints = (
            models.UniqueConstraint(
                fields=["account_id"],
                condition=Q(state="waiting"),
                name="papers_wait_once_in_an_account",
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", judged_at=None, judged_by="")
                | (~Q(state="waiting") & Q(judged_at__isnull=False) & ~Q(judged_by="")),
                name="papers_are_judged_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(state="refused", reasons__len__gt=0)
                | (~Q(state="refused") & Q(reasons__len=0)),
                name="papers_are_refused_with_reasons",
            ),
            models.CheckConstraint(
                condition=Q(purged_at=None, declared__isnull=False)
                | Q(
                    purged_at__isnull=False,
                    purge_at=None,
                    declared=None,
                    words=None,
                    zone_index=None,
                    grounds=None,
                    remind_at=None,
                ),
                name="papers_purged_are_empty",
            ),
        )
        indexes = (
            models.Index(
                fields=["handed_in_at"], name="papers_queue", condition=Q(state="waiting")
            ),
            models.Index(
                fields=["zone_index"],
                name="papers_of_a_number",
                condition=Q(zone_index__isnull=False),
            ),
            models.Index(
                fields=["remind_at"],
                name="papers_to_remind_of",
                condition=Q(remind_at__isnull=False),
            ),
            models.Index(
                fields=["purge_at"], name="papers_to_purge", condition=Q(purge_at__isnull=False)
            ),
        )


class Document(models.Model):
    """One document; `media` and `octets` are those of its copy, whose slices lie beside.

    `check_at` is when the scanner is asked again, `release` the reviewer's reason to go without.
    """

    pk = models.CompositePrimaryKey("account_id", "id")
    account_id = models.BigIntegerField()
    id = models.UUIDField()
    papers_id = models.UUIDField()
    kind = models.CharField(max_length=10)
    media = models.CharField(max_length=20)
    octets = models.PositiveIntegerField()
    checked = models.CharField(max_length=9, choices=CHECKS)
    check_at = models.DateTimeField(null=True)
    released_by = models.CharField(max_length=40, default="", blank=True)
    release = SealedField(klass=KeyClass.PAPERS, null=True)

    class Meta:
        """One of a kind; what is held is asked about again, and a release has its author."""

        constraints = (
            models.UniqueConstraint(
                fields=["account_id", "papers_id", "kind"], name="document_once_in_its_papers"
            ),
            models.CheckConstraint(
                condition=Q(checked="held") | Q(check_at=None),
                name="document_is_asked_about_while_held",
            ),
            models.CheckConstraint(
                condition=Q(checked="released") & ~Q(released_by="")
                | ~Q(checked="released") & Q(released_by="", release=None),
                name="document_is_released_by_somebody",
            ),
        )
        indexes = (
            models.Index(
                fields=["check_at"],
                name="documents_to_check",
                condition=Q(check_at__isnull=False),
            ),
        )


class Slice(models.Model):
    """A piece of a sealed file; the first of each part is its key (`vault.streams`)."""

    pk = models.CompositePrimaryKey("account_id", "document_id", "part", "number")
    account_id = models.BigIntegerField()
    document_id = models.UUIDField()
    part = models.CharField(max_length=6, choices=PARTS)
    number = models.PositiveSmallIntegerField()
    content = SealedField(klass=KeyClass.PAPERS)


class Look(models.Model):
    """Somebody of the staff opened papers or one document; only added."""

    pk = models.CompositePrimaryKey("account_id", "id")
    account_id = models.BigIntegerField()
    id = models.UUIDField()
    papers_id = models.UUIDField()
    document = models.CharField(max_length=10, default="", blank=True)  # its kind; empty: fields
    actor = models.CharField(max_length=40)
    at = models.DateTimeField()

    class Meta:
        """The path to the looks at one customer's papers."""

        indexes = (models.Index(fields=["account_id", "at"], name="looks_of_account"),)


class Transfer(models.Model):
    """A dossier that goes to a supplier for one order: written before anything leaves.

    `sending_until` keeps a second job away while one speaks with him; `sent_at` is when he had all
    of it. `said` are his own words about a refusal.
    """

    pk = models.CompositePrimaryKey("account_id", "id")
    account_id = models.BigIntegerField()
    id = models.UUIDField()  # that of the order
    papers_id = models.UUIDField()
    supplier = models.CharField(max_length=20)
    fields = ArrayField(models.CharField(max_length=20))
    documents = ArrayField(models.CharField(max_length=10))
    verdict = models.CharField(max_length=8, choices=VERDICTS, default=Verdict.PENDING)
    begun_at = models.DateTimeField()
    sending_until = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    judged_at = models.DateTimeField(null=True)
    said = SealedField(klass=KeyClass.PAPERS, null=True)

    class Meta:
        """A verdict is about what was sent."""

        constraints = (
            models.CheckConstraint(
                condition=Q(verdict="pending", judged_at=None)
                | (~Q(verdict="pending") & Q(judged_at__isnull=False, sent_at__isnull=False)),
                name="transfer_is_judged_once_sent",
            ),
        )
        indexes = (models.Index(fields=["account_id", "papers_id"], name="transfers_of_papers"),)


class Acknowledgement(models.Model):
    """What a customer was told, before he paid, that his order needs; only added."""

    pk = models.CompositePrimaryKey("account_id", "id")
    account_id = models.BigIntegerField()
    id = models.UUIDField()  # that of the order
    fields = ArrayField(models.CharField(max_length=20))
    documents = ArrayField(models.CharField(max_length=10))
    at = models.DateTimeField()
