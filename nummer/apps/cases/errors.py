"""Refusals of cases."""

from typing import ClassVar

from nummer.kernel.errors import Refusal
from nummer.kernel.locale import gettext_noop


class NoSuchCase(Refusal):
    """There is no such case, or it is another customer's."""

    code: ClassVar[str] = "no_such_case"
    sentence: ClassVar[str] = gettext_noop("There is no such case.")


class NothingWritten(Refusal):
    """The message has no text."""

    code: ClassVar[str] = "nothing_written"
    sentence: ClassVar[str] = gettext_noop("Please write what it is about.")


class MessageTooLong(Refusal):
    """The message is longer than `characters`."""

    code: ClassVar[str] = "message_too_long"
    sentence: ClassVar[str] = gettext_noop(
        "Please write at most %(characters)s characters in one message."
    )


class TooManyCases(Refusal):
    """The customer opened too many cases within a day."""

    code: ClassVar[str] = "too_many_cases"
    sentence: ClassVar[str] = gettext_noop(
        "You have opened many cases today. Please write in one of them; we read every message."
    )


class CaseHasNoAddress(Refusal):
    """Nobody left an address to which an answer could go."""

    code: ClassVar[str] = "case_has_no_address"
    sentence: ClassVar[str] = gettext_noop("There is no address to answer to.")


class FilesNeedAnAccount(Refusal):
    """A file is fetched signed in, and the sender has no account."""

    code: ClassVar[str] = "files_need_an_account"
    sentence: ClassVar[str] = gettext_noop(
        "Files are fetched in an account, and this sender has none. Please answer without one."
    )


class CaseAssigned(Refusal):
    """The case belongs to an account already."""

    code: ClassVar[str] = "case_assigned"
    sentence: ClassVar[str] = gettext_noop("This case belongs to an account already.")


class MailLoops(Refusal):
    """The mail is one of ours, or has passed too many servers."""

    code: ClassVar[str] = "mail_loops"
    sentence: ClassVar[str] = gettext_noop("This mail runs in circles.")


class NoSuchCustomer(Refusal):
    """There is no account with this number to give a case to."""

    code: ClassVar[str] = "no_such_customer"
    sentence: ClassVar[str] = gettext_noop("There is no account with this number.")


class CasesNotOfOne(Refusal):
    """The two cases are not of one customer, or one of them was merged before."""

    code: ClassVar[str] = "cases_not_of_one"
    sentence: ClassVar[str] = gettext_noop(
        "Only two cases of one customer can be merged, and each of them once."
    )


class NoSuchColleague(Refusal):
    """Nobody of the staff has this login."""

    code: ClassVar[str] = "no_such_colleague"
    sentence: ClassVar[str] = gettext_noop("Nobody of the staff has this number.")


class NoSuchStandardAnswer(Refusal):
    """There is no standard answer of this name."""

    code: ClassVar[str] = "no_such_standard_answer"
    sentence: ClassVar[str] = gettext_noop("There is no such standard answer.")


class UnknownPlaceholder(Refusal):
    """A text names a placeholder, `name`, that nothing fills."""

    code: ClassVar[str] = "unknown_placeholder"
    sentence: ClassVar[str] = gettext_noop("Nothing fills the placeholder {%(name)s}.")


class PlaceholdersDiffer(Refusal):
    """The three languages of a text do not name the same placeholders."""

    code: ClassVar[str] = "placeholders_differ"
    sentence: ClassVar[str] = gettext_noop(
        "The text must name the same placeholders in each of its languages."
    )


class TooManyAttachments(Refusal):
    """A message has more than `files` files."""

    code: ClassVar[str] = "too_many_attachments"
    sentence: ClassVar[str] = gettext_noop("A message may have at most %(files)s files.")


class AttachmentTooLarge(Refusal):
    """A file is longer than we take; `megabytes` is the most."""

    code: ClassVar[str] = "attachment_too_large"
    sentence: ClassVar[str] = gettext_noop("A file may have at most %(megabytes)s MB.")
