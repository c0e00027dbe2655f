"""Refusals of papers."""

from typing import ClassVar

from nummer.kernel.errors import Refusal
from nummer.kernel.locale import gettext_noop


class DocumentNotReadable(Refusal):
    """A file is no whole PDF, JPEG or PNG."""

    code: ClassVar[str] = "document_not_readable"
    sentence: ClassVar[str] = gettext_noop(
        "A file is not a complete PDF, JPEG or PNG. Please choose another one."
    )


class DocumentTooLarge(Refusal):
    """A file is longer than we take; `megabytes` is the most."""

    code: ClassVar[str] = "document_too_large"
    sentence: ClassVar[str] = gettext_noop("A file may have at most %(megabytes)s MB.")


class DocumentLocked(Refusal):
    """A PDF asks for a password."""

    code: ClassVar[str] = "document_locked"
    sentence: ClassVar[str] = gettext_noop(
        "A PDF is protected by a password. Please save it without one and choose it again."
    )


class DocumentTooLong(Refusal):
    """A PDF has more than `pages` pages."""

    code: ClassVar[str] = "document_too_long"
    sentence: ClassVar[str] = gettext_noop("A PDF may have at most %(pages)s pages.")


class PictureTooLarge(Refusal):
    """A picture is wider or higher than anything that a camera takes."""

    code: ClassVar[str] = "picture_too_large"
    sentence: ClassVar[str] = gettext_noop(
        "A picture has too many pixels. Please make it smaller and choose it again."
    )


class DocumentInfected(Refusal):
    """The scanner found a virus."""

    code: ClassVar[str] = "document_infected"
    sentence: ClassVar[str] = gettext_noop(
        "Our virus scanner does not let a file pass, and we did not keep it. "
        "Please check your device and choose another file."
    )


class DocumentsBusy(Refusal):
    """Files cannot be looked at just now; waiting helps."""

    code: ClassVar[str] = "documents_busy"
    sentence: ClassVar[str] = gettext_noop(
        "Files cannot be checked just now. Please try again in a minute."
    )


class DocumentHeld(Refusal):
    """A document waits for the scanner: nobody opens it before."""

    code: ClassVar[str] = "document_held"
    sentence: ClassVar[str] = gettext_noop(
        "This document waits for the virus scanner and cannot be opened yet."
    )


class DocumentNotReleased(Refusal):
    """No scanner looked at a document: somebody has to answer for opening it, with a reason."""

    code: ClassVar[str] = "document_not_released"
    sentence: ClassVar[str] = gettext_noop(
        "No virus scanner looked at this document. Release it with a reason first."
    )


class PapersNotComplete(Refusal):
    """A field or a document that the rule names is missing, or one too many was sent."""

    code: ClassVar[str] = "papers_not_complete"
    sentence: ClassVar[str] = gettext_noop(
        "Please fill in every field and add every document that is asked for."
    )


class PapersWait(Refusal):
    """Papers of the account wait for a judgement already."""

    code: ClassVar[str] = "papers_wait"
    sentence: ClassVar[str] = gettext_noop(
        "Your papers are being looked at. You can hand in others once we have answered."
    )


class TooManyPapers(Refusal):
    """The account handed in too often within a month."""

    code: ClassVar[str] = "too_many_papers"
    sentence: ClassVar[str] = gettext_noop(
        "You handed in papers too often. Please write to us instead."
    )


class PapersFirst(Refusal):
    """The operator asks for papers before every purchase, and there are none that count."""

    code: ClassVar[str] = "papers_first"
    sentence: ClassVar[str] = gettext_noop(
        "Before you buy, we need papers of yours. Hand them in on the page Papers of your account; "
        "you can order once we have accepted them."
    )


class PapersNotTaken(Refusal):
    """Papers are opened by the reviewer who took them from the queue, and by nobody else."""

    code: ClassVar[str] = "papers_not_taken"
    sentence: ClassVar[str] = gettext_noop(
        "Take these papers from the queue first. That you tried to open them was recorded."
    )


class PapersTaken(Refusal):
    """Another reviewer looks at the papers now."""

    code: ClassVar[str] = "papers_taken"
    sentence: ClassVar[str] = gettext_noop("Another reviewer has taken these papers.")


class ZoneNotFound(Refusal):
    """No machine-readable zone was read on a document; it is typed."""

    code: ClassVar[str] = "zone_not_found"
    sentence: ClassVar[str] = gettext_noop(
        "No machine-readable zone could be read in this document. Please type it."
    )


class ZoneNotReadable(Refusal):
    """What was typed has the form of no machine-readable zone."""

    code: ClassVar[str] = "zone_not_readable"
    sentence: ClassVar[str] = gettext_noop(
        "This is no machine-readable zone. It has two lines of 44 or 36 characters, or three of 30."
    )


class FindingsStand(Refusal):
    """Something does not fit: whoever accepts the papers nevertheless says why."""

    code: ClassVar[str] = "papers_findings_stand"
    sentence: ClassVar[str] = gettext_noop(
        "Something in the machine-readable zone does not fit. Say why you accept the papers."
    )


class NoSuchPapers(Refusal):
    """The account has no papers or document with that id."""

    code: ClassVar[str] = "no_such_papers"
    sentence: ClassVar[str] = gettext_noop("There are no such papers.")


class PapersNotOpened(Refusal):
    """Papers are approved by whoever has opened each of their documents."""

    code: ClassVar[str] = "papers_not_opened"
    sentence: ClassVar[str] = gettext_noop("Open every document before you accept the papers.")


class RuleInThePast(Refusal):
    """A rule begins now or later: what was asked on a day that is over stays as it was."""

    code: ClassVar[str] = "papers_rule_in_the_past"
    sentence: ClassVar[str] = gettext_noop("A rule for papers must begin now or later.")


class PapersJudged(Refusal):
    """The papers were judged; they are neither judged nor opened again."""

    code: ClassVar[str] = "papers_judged"
    sentence: ClassVar[str] = gettext_noop("These papers were judged already.")


class ReasonMissing(Refusal):
    """A refusal needs a reason, and the reason "other" its words."""

    code: ClassVar[str] = "papers_reason_missing"
    sentence: ClassVar[str] = gettext_noop("Please give a reason that helps the customer.")


class PapersExpired(Refusal):
    """Papers cannot be approved until a day that is over."""

    code: ClassVar[str] = "papers_expired"
    sentence: ClassVar[str] = gettext_noop("The day until which papers count must be to come.")
