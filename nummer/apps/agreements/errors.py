"""What this app refuses."""

from __future__ import annotations

from typing import ClassVar

from nummer.kernel.errors import Refusal
from nummer.kernel.locale import gettext_noop


class AcceptanceMissing(Refusal):
    """A document that must be accepted was not."""

    code: ClassVar[str] = "acceptance_missing"
    sentence: ClassVar[str] = gettext_noop("Please accept the text “%(document)s” first.")
    clause: ClassVar[str | None] = "PP-5.1a"


class TextsChanged(Refusal):
    """A newer version than the accepted one is in force."""

    code: ClassVar[str] = "texts_changed"
    sentence: ClassVar[str] = gettext_noop(
        "The text “%(document)s” has changed. Please read and accept its new version first."
    )
    clause: ClassVar[str | None] = "PP-5.1b"


class TermsNotAccepted(Refusal):
    """A text of sign-up has a new version in force that the customer has not accepted."""

    code: ClassVar[str] = "terms_not_accepted"
    sentence: ClassVar[str] = gettext_noop(
        "Our terms have changed. Please sign in and accept the new version; until then no new "
        "order is possible. You can still read, claim, cancel and export everything."
    )
    clause: ClassVar[str | None] = "PP-5.1a"


class BadDocument(Exception):  # noqa: N818 -- a message to the operator who installs documents
    """A folder of documents cannot be published as it is; the sentence says why."""


class ConsentMissing(Refusal):
    """One of the two consents or an acknowledgement was not given."""

    code: ClassVar[str] = "consent_missing"
    sentence: ClassVar[str] = gettext_noop(
        "Please read and tick every statement above the order button first."
    )


class TextsOutdated(Refusal):
    """A text changed between showing the page and ordering."""

    code: ClassVar[str] = "texts_outdated"
    sentence: ClassVar[str] = gettext_noop(
        "A text has changed since you opened this page. Please read it again and order then."
    )
