"""Tables of bundles, of their pieces, and of which piece is in which bundle."""

from __future__ import annotations

from typing import Final

from django.db import models
from django.db.models import Q

from nummer.apps.bundles.words import PieceKind
from nummer.apps.vault.fields import SealedField
from nummer.apps.vault.keys import KeyClass

KINDS: Final = [(kind.value, kind.value) for kind in PieceKind]


class Bundle(models.Model):
    """Papers for numbers of one country and kind; with `papers_id` they were handed in.

    `said` holds its name, an e-mail address and an address to tell, sealed. `told` is false while
    that address is to be told what will be found.
    """

    pk = models.CompositePrimaryKey("account_id", "id")
    account_id = models.BigIntegerField()
    id = models.UUIDField()
    country = models.CharField(max_length=2)
    kind = models.CharField(max_length=10)
    said = SealedField(klass=KeyClass.PAPERS)
    papers_id = models.UUIDField(null=True)
    told = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        """The paths of the sweeper."""

        indexes = (
            models.Index(
                fields=["account_id", "papers_id"],
                name="bundle_to_be_told_of",
                condition=Q(told=False, papers_id__isnull=False),
            ),
            models.Index(
                fields=["changed_at"],
                name="bundle_never_submitted",
                condition=Q(papers_id=None),
            ),
        )


class Piece(models.Model):
    """A person with fields, or a document; `content` is the file, if one was sent."""

    pk = models.CompositePrimaryKey("account_id", "id")
    account_id = models.BigIntegerField()
    id = models.UUIDField()
    kind = models.CharField(max_length=8, choices=KINDS)
    type = models.CharField(max_length=10)
    said = SealedField(klass=KeyClass.PAPERS)
    media = models.CharField(max_length=20, default="", blank=True)
    content = SealedField(klass=KeyClass.PAPERS, null=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        """A file has a type; and the path of what is old."""

        constraints = (
            models.CheckConstraint(
                condition=Q(content=None, media="") | (Q(content__isnull=False) & ~Q(media="")),
                name="piece_with_a_file_has_its_type",
            ),
            models.CheckConstraint(
                condition=Q(kind="document") | Q(content=None),
                name="piece_of_a_person_has_no_file",
            ),
        )
        indexes = (models.Index(fields=["changed_at"], name="piece_by_age"),)


class Assignment(models.Model):
    """A piece that belongs to a bundle."""

    pk = models.CompositePrimaryKey("account_id", "id")
    account_id = models.BigIntegerField()
    id = models.UUIDField()
    bundle_id = models.UUIDField()
    piece_id = models.UUIDField()
    created_at = models.DateTimeField()

    class Meta:
        """Once, and the path from a piece."""

        constraints = (
            models.UniqueConstraint(
                fields=["account_id", "bundle_id", "piece_id"], name="assignment_once_in_a_bundle"
            ),
        )
        indexes = (models.Index(fields=["account_id", "piece_id"], name="assignment_of_piece"),)
