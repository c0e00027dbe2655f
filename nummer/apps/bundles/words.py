"""The words of bundles: kinds of pieces, and where a bundle stands."""

from __future__ import annotations

from enum import StrEnum


class PieceKind(StrEnum):
    """What a piece is."""

    PERSON = "person"
    DOCUMENT = "document"


class BundleState(StrEnum):
    """Where a bundle stands; from SUBMITTED on it is where its papers stand."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    OPENED = "opened"  # a reviewer looks at it
    APPROVED = "approved"
    REFUSED = "refused"
    EXPIRED = "expired"  # it was approved, until a day that is over


CHANGEABLE = frozenset({BundleState.DRAFT, BundleState.REFUSED, BundleState.EXPIRED})
LOOKED_AT = frozenset({BundleState.SUBMITTED, BundleState.OPENED})
