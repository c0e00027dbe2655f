"""The words of papers: fields, kinds of documents, states, reasons."""

from __future__ import annotations

from enum import StrEnum


class Field(StrEnum):
    """What a customer may be asked to declare."""

    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    BIRTH_DATE = "birth_date"
    STREET = "street"
    POSTCODE = "postcode"
    CITY = "city"
    COUNTRY = "country"
    COMPANY_NAME = "company_name"
    COMPANY_NUMBER = "company_number"


class DocumentKind(StrEnum):
    """Which documents a rule may name (LD-A3)."""

    IDENTITY = "identity"
    ADDRESS = "address"
    COMPANY = "company"


class State(StrEnum):
    """Where papers stand; the last two are final."""

    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"


class Reason(StrEnum):
    """Why papers are refused."""

    NOT_READABLE = "not_readable"
    NOT_COMPLETE = "not_complete"
    EXPIRED = "expired"
    OTHER_NAME = "other_name"
    OTHER_ADDRESS = "other_address"
    WRONG_DOCUMENT = "wrong_document"
    NOT_GENUINE = "not_genuine"
    INFECTED = "infected"  # the scanner's, never a person's
    OTHER = "other"


class Finding(StrEnum):
    """What does not fit in a machine-readable zone; whoever accepts it nevertheless says why."""

    CHECK_DIGIT = "check_digit"
    OTHER_NAME = "other_name"
    OTHER_BIRTH_DATE = "other_birth_date"
    EXPIRED = "expired"
    KNOWN_ELSEWHERE = "known_elsewhere"  # another account handed the same number in


class Checked(StrEnum):
    """What is known about viruses in a document; only the released and the clean are opened."""

    HELD = "held"  # the scanner could not look yet
    UNSCANNED = "unscanned"  # there is no scanner
    RELEASED = "released"  # there was none, and a reviewer answers for it
    CLEAN = "clean"
    REFUSED = "refused"  # found infected or broken later: nothing of it is kept


class Part(StrEnum):
    """What is kept of a document: as it came, until the scanner has looked; as it was drawn."""

    UPLOAD = "upload"
    COPY = "copy"


class Verdict(StrEnum):
    """What a supplier said about a dossier; the last two are final."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REFUSED = "refused"


class Media(StrEnum):
    """What a document is by its content."""

    PDF = "application/pdf"
    JPEG = "image/jpeg"
    PNG = "image/png"
