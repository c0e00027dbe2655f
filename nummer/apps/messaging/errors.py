"""Refusals of messages."""

from typing import ClassVar

from nummer.kernel.errors import Refusal
from nummer.kernel.locale import gettext_noop


class NumberNotOfPartner(Refusal):
    """A partner brings SMS of the numbers of his carrier only."""

    code: ClassVar[str] = "number_not_of_partner"
    sentence: ClassVar[str] = gettext_noop("This number does not belong to this partner.")


class NoSuchSms(Refusal):
    """The account has no such SMS, or not any more."""

    code: ClassVar[str] = "no_such_sms"
    sentence: ClassVar[str] = gettext_noop("There is no such SMS.")


class NoSuchConversation(Refusal):
    """The account has no such conversation, or not any more."""

    code: ClassVar[str] = "no_such_conversation"
    sentence: ClassVar[str] = gettext_noop("There is no such conversation.")


class ReplyTooLong(Refusal):
    """An answer by itself goes to whoever writes, so it stays short."""

    code: ClassVar[str] = "reply_too_long"
    sentence: ClassVar[str] = gettext_noop(
        "An automatic reply has at most %(parts)s parts. Please shorten it."
    )
