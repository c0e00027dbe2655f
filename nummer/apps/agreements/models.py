"""Tables of published texts and acceptances."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q


class Published(models.Model):
    """One document, one version, one language; never changed (trigger in the migration).

    `notice_days` is the notice that was promised when it was published.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    document = models.CharField(max_length=40)
    version = models.CharField(max_length=20)
    language = models.CharField(max_length=5)
    title = models.CharField(max_length=200)
    text = models.TextField()
    sha256 = models.CharField(max_length=64)
    source_sha256 = models.CharField(max_length=64)
    published_at = models.DateTimeField()
    effective_at = models.DateTimeField()
    notice_days = models.PositiveSmallIntegerField(default=14)

    class Meta:
        """A text is published once, and not in force before."""

        constraints = (
            models.UniqueConstraint(
                fields=["document", "version", "language"], name="published_once"
            ),
            models.CheckConstraint(
                condition=Q(effective_at__gte=F("published_at")),
                name="published_before_it_is_in_force",
            ),
        )


class Acceptance(models.Model):
    """Somebody accepted a text; `key_id` says for which key, if for one."""

    pk = models.CompositePrimaryKey("account_id", "id")
    account_id = models.BigIntegerField()
    id = models.UUIDField()
    document = models.CharField(max_length=40)
    version = models.CharField(max_length=20)
    language = models.CharField(max_length=5)
    sha256 = models.CharField(max_length=64)
    surface = models.CharField(max_length=12)
    key_id = models.UUIDField(null=True)
    accepted_at = models.DateTimeField()

    class Meta:
        """Found by key, which is how a purchase asks."""

        indexes = (models.Index(fields=["key_id", "document"], name="acceptance_of_key"),)


class Consent(models.Model):
    """A customer's yes or no to something that he may refuse; the newest of a purpose counts.

    `words` are those that were read, so that what was agreed to can be shown.
    """

    pk = models.CompositePrimaryKey("account_id", "id")
    account_id = models.BigIntegerField()
    id = models.UUIDField()
    purpose = models.CharField(max_length=20)
    given = models.BooleanField()
    version = models.CharField(max_length=40)
    language = models.CharField(max_length=5)
    words = models.TextField()
    surface = models.CharField(max_length=12)
    decided_at = models.DateTimeField()

    class Meta:
        """One word at a moment."""

        constraints = (
            models.UniqueConstraint(
                fields=["account_id", "purpose", "decided_at"], name="consent_once"
            ),
        )


class Act(models.TextChoices):
    """What a customer said about a purpose."""

    ASKED = "asked"  # agreed on a page; for mail it counts once the link of a mail was opened
    GIVEN = "given"
    WITHDRAWN = "withdrawn"


class OfferConsent(models.Model):
    """How a customer's consent to offers stands, for one purpose by one channel (ADR 416)."""

    pk = models.CompositePrimaryKey("account_id", "purpose", "channel")
    account_id = models.BigIntegerField()
    purpose = models.CharField(max_length=10)
    channel = models.CharField(max_length=4)
    act = models.CharField(max_length=9, choices=Act)
    at = models.DateTimeField()

    class Meta:
        """Those who agreed, found by purpose for a campaign."""

        constraints = (
            models.CheckConstraint(
                condition=Q(
                    purpose__in=["news", "offers", "surveys"], channel__in=["mail", "page"]
                ),
                name="offer_consent_is_for_a_purpose_by_a_channel",
            ),
        )
        indexes = (
            models.Index(
                fields=["purpose", "account_id"],
                name="offer_consent_given",
                condition=Q(act="given"),
            ),
        )


class Suppression(models.Model):
    """Directory: an address that gets no offers, by its keyed digest; it outlives its account.

    An empty `purpose` is every one.
    """

    digest = models.BinaryField()
    purpose = models.CharField(max_length=10, default="", blank=True)
    reason = models.CharField(max_length=12)
    at = models.DateTimeField()

    class Meta:
        """Once for each address and purpose."""

        constraints = (
            models.UniqueConstraint(fields=["digest", "purpose"], name="suppressed_once"),
        )
