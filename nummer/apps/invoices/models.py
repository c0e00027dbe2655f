"""The tables of invoices: months, numbers, documents with their lines, evidence of tax."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from nummer.apps.vault.fields import SealedField
from nummer.apps.vault.keys import KeyClass


class DocumentKind(models.TextChoices):
    """What a document says; each kind has its own numbers."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


class Treatment(models.TextChoices):
    """Why a sale bears the tax that it bears."""

    TAXED = "taxed"
    REVERSE_CHARGE = "reverse_charge"  # the company that bought owes it itself
    OUTSIDE = "outside"  # no rate is listed for the customer's country


class Month(models.Model):
    """A month that is over and whose accounts were listed as owed their documents.

    `seen_before_tx`: everything booked by an earlier transaction was seen when it was listed.
    """

    month = models.DateField(primary_key=True)
    ends_at = models.DateTimeField()
    opened_at = models.DateTimeField()
    seen_before_tx = models.BigIntegerField()


class Owed(models.Model):
    """An account whose documents of a month are not written yet; gone once they are."""

    pk = models.CompositePrimaryKey("account_id", "month")
    account_id = models.BigIntegerField()
    month = models.DateField()
    due_at = models.DateTimeField()

    class Meta:
        """The path of the sweeper."""

        indexes = (models.Index(fields=["due_at"], name="owed_due"),)


class Mark(models.Model):
    """How far an account's journal is covered: lines up to `through_line`, before `until_at`.

    `first_open_line` is the first line that no document covers; the next search begins there.
    """

    account_id = models.BigIntegerField(primary_key=True)
    until_at = models.DateTimeField()
    through_line = models.BigIntegerField()
    first_open_line = models.BigIntegerField()


class Series(models.Model):
    """The last number of a kind in a year; whoever takes the next one holds the row."""

    pk = models.CompositePrimaryKey("kind", "year")
    kind = models.CharField(max_length=11, choices=DocumentKind)
    year = models.SmallIntegerField()
    last = models.IntegerField()


class Issued(models.Model):
    """Whose document a number names (directory table: numbers are unique for everybody)."""

    pk = models.CompositePrimaryKey("kind", "year", "serial")
    kind = models.CharField(max_length=11, choices=DocumentKind)
    year = models.SmallIntegerField()
    serial = models.IntegerField()
    account_id = models.BigIntegerField()
    document_id = models.UUIDField()


class Document(models.Model):
    """An invoice or a credit note as it was written; nothing of it is ever changed.

    `content` is all that its page shows, `form` the layout that it was written for.
    """

    pk = models.CompositePrimaryKey("account_id", "id")
    account_id = models.BigIntegerField()
    id = models.UUIDField()
    kind = models.CharField(max_length=11, choices=DocumentKind)
    year = models.SmallIntegerField()
    serial = models.IntegerField()
    month = models.DateField()
    currency = models.CharField(max_length=3)
    net_micro = models.BigIntegerField()
    tax_micro = models.BigIntegerField()
    total_micro = models.BigIntegerField()
    until_at = models.DateTimeField()
    through_line = models.BigIntegerField()
    issued_at = models.DateTimeField()
    form = models.SmallIntegerField()
    content = SealedField(klass=KeyClass.TAX)
    evidence_id = models.UUIDField()

    class Meta:
        """One of a kind for each account and month, and the sum of its parts."""

        constraints = (
            models.UniqueConstraint(
                fields=["account_id", "month", "kind"], name="document_once_for_each_month"
            ),
            models.CheckConstraint(
                condition=Q(total_micro=F("net_micro") + F("tax_micro")),
                name="document_total_is_net_and_tax",
            ),
            models.CheckConstraint(
                condition=Q(net_micro__gte=0, tax_micro__gte=0, total_micro__gt=0),
                name="document_is_about_something",
            ),
        )
        indexes = (models.Index(fields=["month", "id"], name="document_of_month"),)


class Line(models.Model):
    """Sales of one thing at one price and rate, or what came back of them.

    `of_serial` and `of_year` name the invoice that a credited sale stands on.
    """

    pk = models.CompositePrimaryKey("account_id", "document_id", "place")
    account_id = models.BigIntegerField()
    document_id = models.UUIDField()
    place = models.IntegerField()
    service_code = models.CharField(max_length=8)
    country = models.CharField(max_length=2)
    tax_country = models.CharField(max_length=2)
    rate_bp = models.IntegerField()
    treatment = models.CharField(max_length=14, choices=Treatment)
    of_year = models.SmallIntegerField(null=True)
    of_serial = models.IntegerField(null=True)
    quantity = models.IntegerField()
    net_micro = models.BigIntegerField()
    tax_micro = models.BigIntegerField()

    class Meta:
        """What a line may say."""

        constraints = (
            models.CheckConstraint(
                condition=Q(quantity__gt=0, net_micro__gte=0, tax_micro__gte=0),
                name="line_counts_something",
            ),
            models.CheckConstraint(
                condition=Q(treatment="taxed") | Q(tax_micro=0), name="line_untaxed_has_no_tax"
            ),
        )


class Evidence(models.Model):
    """What said in which country a customer is taxed, from a moment on (ADR 120)."""

    pk = models.CompositePrimaryKey("account_id", "id")
    account_id = models.BigIntegerField()
    id = models.UUIDField()
    country = models.CharField(max_length=2)
    confirmed = models.BooleanField()
    pieces = SealedField(klass=KeyClass.TAX)
    noted_at = models.DateTimeField()

    class Meta:
        """The staff look at what is not confirmed."""

        indexes = (
            models.Index(
                fields=["noted_at"], name="evidence_unconfirmed", condition=Q(confirmed=False)
            ),
        )


class TaxNumber(models.Model):
    """A company's tax number; without `checked_at` only form and check digits are known."""

    pk = models.CompositePrimaryKey("account_id", "id")
    account_id = models.BigIntegerField()
    id = models.UUIDField()
    country = models.CharField(max_length=2)
    number = SealedField(klass=KeyClass.TAX)
    given_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        """One in use; the unchecked wait for the staff."""

        constraints = (
            models.UniqueConstraint(
                fields=["account_id"],
                condition=Q(withdrawn_at=None),
                name="tax_number_one_in_use_per_account",
            ),
        )
        indexes = (
            models.Index(
                fields=["given_at"],
                name="tax_number_unchecked",
                condition=Q(withdrawn_at=None, checked_at=None),
            ),
        )


class Addressee(models.Model):
    """Whom the documents of an account name, from a moment on: name and address, sealed."""

    pk = models.CompositePrimaryKey("account_id", "id")
    account_id = models.BigIntegerField()
    id = models.UUIDField()
    name = SealedField(klass=KeyClass.TAX)
    address = SealedField(klass=KeyClass.TAX)
    given_at = models.DateTimeField()
