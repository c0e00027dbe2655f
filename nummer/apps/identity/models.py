"""Tables of rules, papers, their documents, and of every look at them."""

from __future__ import annotations

from typing import Final

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from nummer.apps.identity.words import State
from nummer.apps.vault.fields import SealedField
from nummer.apps.vault.keys import KeyClass

STATES: Final = [(state.value, state.value) for state in State]


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
    """What a customer handed in at once, and what was found; the documents lie beside."""

    pk = models.CompositePrimaryKey("account_id", "id")
    account_id = models.BigIntegerField()
    id = models.UUIDField()
    state = models.CharField(max_length=8, choices=STATES)
    declared = SealedField(klass=KeyClass.PAPERS)
    handed_in_at = models.DateTimeField()
    judged_at = models.DateTimeField(null=True)
    judged_by = models.CharField(max_length=40, default="", blank=True)
    reasons = ArrayField(models.CharField(max_length=20), default=list)
    words = SealedField(klass=KeyClass.PAPERS, null=True)
    expires_on = models.DateField(null=True)

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
        )
        indexes = (
            models.Index(
                fields=["handed_in_at"], name="papers_queue", condition=Q(state="waiting")
            ),
        )


class Document(models.Model):
    """One sealed document; its type was read from its content."""

    pk = models.CompositePrimaryKey("account_id", "id")
    account_id = models.BigIntegerField()
    id = models.UUIDField()
    papers_id = models.UUIDField()
    kind = models.CharField(max_length=10)
    media = models.CharField(max_length=20)
    octets = models.PositiveIntegerField()
    content = SealedField(klass=KeyClass.PAPERS)

    class Meta:
        """One of a kind."""

        constraints = (
            models.UniqueConstraint(
                fields=["account_id", "papers_id", "kind"], name="document_once_in_its_papers"
            ),
        )


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
