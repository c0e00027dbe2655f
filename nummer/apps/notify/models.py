"""The tables of letters, of how they went, and of addresses that take no mail."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from nummer.apps.vault.fields import SealedField
from nummer.apps.vault.keys import KeyClass


class State(models.TextChoices):
    """How far a letter came."""

    WAITING = "waiting"
    SENT = "sent"
    GIVEN_UP = "given_up"  # no address is known any more, or the mail server was away for days
    ON_PAGE = "on_page"  # it is read on the page of letters, and was not mailed
    BOUNCED = "bounced"  # its mail came back
    WITHHELD = "withheld"  # an offer whose reader does not agree to it any more


class Fate(models.TextChoices):
    """One thing that happened to a letter."""

    SENT = "sent"
    DEFERRED = "deferred"  # the mail server did not take it now, or another one still tries
    BOUNCED = "bounced"  # there is no such address
    REFUSED = "refused"  # not taken, for a reason that may pass
    COMPLAINED = "complained"  # its reader calls it unwanted
    ON_PAGE = "on_page"
    GIVEN_UP = "given_up"
    WITHHELD = "withheld"  # an offer whose reader does not agree to it any more


class Mark(models.TextChoices):
    """Why an address gets no more mail."""

    BOUNCED = "bounced"
    REFUSED = "refused"  # again and again
    COMPLAINED = "complained"


class Letter(models.Model):
    """One letter; `id` is the key of whoever caused it."""

    pk = models.CompositePrimaryKey("account_id", "id")
    account_id = models.BigIntegerField()
    id = models.UUIDField()
    letter = models.CharField(max_length=30)
    locale = models.CharField(max_length=5)
    content = SealedField(klass=KeyClass.COMMUNICATION, null=True)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    attempts = models.SmallIntegerField(default=0)
    written_at = models.DateTimeField()
    due_at = models.DateTimeField()
    claimed_until = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        """A letter that waits, or is read on the page, has its content."""

        constraints = (
            models.CheckConstraint(
                condition=~Q(state__in=["waiting", "on_page"]) | Q(content__isnull=False),
                name="letter_that_waits_has_its_content",
            ),
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False)
                | Q(state="bounced")
                | (~Q(state="sent") & Q(sent_at=None)),
                name="letter_sent_exactly_when_it_says_when",
            ),
        )
        indexes = (
            models.Index(fields=["due_at"], name="letter_waiting", condition=Q(state="waiting")),
            models.Index(fields=["account_id", "-written_at", "-id"], name="letter_of_account"),
        )


class Dispatch(models.Model):
    """Directory: the number of a mail that stands in its return path, and whose letter it was."""

    number = models.BigAutoField(primary_key=True)
    account_id = models.BigIntegerField()
    letter_id = models.UUIDField()
    address_index = models.BinaryField()
    at = models.DateTimeField()

    class Meta:
        """A letter that is sent again to the same address keeps its number."""

        constraints = (
            models.UniqueConstraint(
                fields=["account_id", "letter_id", "address_index"], name="dispatch_of_letter"
            ),
        )


class Step(models.Model):
    """What happened to a letter, and when; only added. `status` is a code of RFC 3463."""

    pk = models.CompositePrimaryKey("account_id", "id")
    account_id = models.BigIntegerField()
    id = models.UUIDField()
    letter_id = models.UUIDField()
    fate = models.CharField(max_length=10, choices=Fate)
    status = models.CharField(max_length=12, default="", blank=True)
    dispatch = models.BigIntegerField(null=True)
    at = models.DateTimeField()

    class Meta:
        """Found by letter."""

        indexes = (
            models.Index(fields=["account_id", "letter_id", "at"], name="step_of_letter"),
            models.Index(fields=["dispatch"], name="step_of_dispatch"),
        )


class Address(models.Model):
    """An address of an account that takes no mail from `marked_at` until it was confirmed anew."""

    pk = models.CompositePrimaryKey("account_id", "address_index")
    account_id = models.BigIntegerField()
    address_index = models.BinaryField()
    mark = models.CharField(max_length=10, choices=Mark)
    marked_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)


class Preference(models.Model):
    """How a customer wants to read letters of the service: by mail, or on the page (LD-D4)."""

    account_id = models.BigIntegerField(primary_key=True)
    channel = models.CharField(max_length=4, choices=[("mail", "mail"), ("page", "page")])
    chosen_at = models.DateTimeField()
