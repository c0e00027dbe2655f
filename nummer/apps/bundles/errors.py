"""Refusals of bundles."""

from typing import ClassVar

from nummer.kernel.errors import Refusal
from nummer.kernel.locale import gettext_noop


class NoSuchBundle(Refusal):
    """The account has no bundle with that id."""

    code: ClassVar[str] = "no_such_bundle"
    sentence: ClassVar[str] = gettext_noop("There is no such bundle of papers.")


class NoSuchPiece(Refusal):
    """The account has no person, document or assignment with that id."""

    code: ClassVar[str] = "no_such_piece"
    sentence: ClassVar[str] = gettext_noop("There is no such person or document.")


class NothingAsked(Refusal):
    """No rule asks this account for papers for numbers of that country and kind."""

    code: ClassVar[str] = "no_papers_asked"
    sentence: ClassVar[str] = gettext_noop("Such numbers need no papers.")


class PieceMalformed(Refusal):
    """What was said of a person or document is of an unknown kind, or too long or too much."""

    code: ClassVar[str] = "piece_malformed"
    sentence: ClassVar[str] = gettext_noop(
        "What was said of the person or document cannot be read."
    )


class BundleInReview(Refusal):
    """The bundle was submitted: it and its pieces are not changed while it is looked at."""

    code: ClassVar[str] = "bundle_in_review"
    sentence: ClassVar[str] = gettext_noop("The bundle was submitted and can no longer be changed.")


class TooManyPieces(Refusal):
    """The account has as many bundles, people or documents as there may be."""

    code: ClassVar[str] = "too_many_pieces"
    sentence: ClassVar[str] = gettext_noop(
        "There are too many bundles or documents. Please remove some first."
    )
