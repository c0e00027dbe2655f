"""What goes wrong with letters, which is a mistake of ours, and what is asked for too often."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from nummer.kernel.errors import Refusal, Unavailable
from nummer.kernel.locale import gettext_noop

if TYPE_CHECKING:
    from nummer.apps.notify.models import Dispatch
    from nummer.protocols.mail.returns import Report


class LetterIncomplete(AssertionError):  # noqa: N818 -- a mistake of ours, said as one
    """There is no such letter, or its content lacks a word that its text names."""


class Unsure(Unavailable):
    """The mail server fell silent while it took a mail: it may have it, or not."""


class NotTaken(Exception):  # noqa: N818 -- an answer of the mail server's, not an error of ours
    """The mail server will never take this mail; what it said is read already."""

    def __init__(self, row: Dispatch, report: Report) -> None:
        super().__init__("mail server")
        self.row = row
        self.report = report


class NoSuchLetter(Refusal):
    """The account has no letter with that id, or its content is gone."""

    code: ClassVar[str] = "no_such_letter"
    sentence: ClassVar[str] = gettext_noop("There is no such letter.")


class AddressConfirmedTooOften(Refusal):
    """Mails that confirm an address anew were asked for too often."""

    code: ClassVar[str] = "address_confirmed_too_often"
    sentence: ClassVar[str] = gettext_noop(
        "We have just sent you such a mail. Please try again in an hour."
    )


class AddressLinkInvalid(Refusal):
    """A link that confirms an address anew is too old, or of another address."""

    code: ClassVar[str] = "address_link_invalid"
    sentence: ClassVar[str] = gettext_noop(
        "This link is no longer valid. Please ask for a new mail on the page of your letters."
    )


class UnsubscribeLinkInvalid(Refusal):
    """A link that ends offers was changed on its way."""

    code: ClassVar[str] = "unsubscribe_link_invalid"
    sentence: ClassVar[str] = gettext_noop(
        "This link is not complete. Please copy the whole address from our mail, or end offers on "
        "the page of your account."
    )


class TooManySummaries(Refusal):
    """Too many summaries of contracts; `retry_after_s` says when there is room again."""

    code: ClassVar[str] = "too_many_summaries"
    sentence: ClassVar[str] = gettext_noop("Too many calls. Please wait %(retry_after_s)s seconds.")
