"""The documents we publish, and a text of one of them that somebody accepted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

TERMS: Final = "terms"
REFUND_POLICY: Final = "refund-policy"
PRIVACY_NOTICE: Final = "privacy-notice"
IMMEDIATE_PERFORMANCE: Final = "immediate-performance"
ONE_TIME_RESTRICTIONS: Final = "one-time-restrictions"
RENTED_RESTRICTIONS: Final = "rented-number-restrictions"

SIGN_UP_DOCUMENTS: Final = (TERMS, REFUND_POLICY, PRIVACY_NOTICE)
KEY_DOCUMENTS: Final = (IMMEDIATE_PERFORMANCE, ONE_TIME_RESTRICTIONS)
DOCUMENTS: Final = (*SIGN_UP_DOCUMENTS, *KEY_DOCUMENTS, RENTED_RESTRICTIONS)


@dataclass(frozen=True, slots=True)
class AcceptedText:
    """The very text that somebody saw and agreed to."""

    document: str
    version: str
    language: str
    sha256: str


@dataclass(frozen=True, slots=True)
class PublishedText:
    """A document in one version and language, as it is shown."""

    document: str
    version: str
    language: str
    sha256: str
    title: str
    text: str
    published_at: datetime
    effective_at: datetime

    def is_in_force(self, *, now: datetime) -> bool:
        """Tell whether its notice is over; a newer version may count meanwhile."""
        return self.effective_at <= now

    def as_accepted(self) -> AcceptedText:
        """Return the reference by which an acceptance names this text."""
        return AcceptedText(self.document, self.version, self.language, self.sha256)
