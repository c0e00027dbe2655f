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


class RecipientNotPossible(Refusal):
    """The recipient is no phone number in the international form; short codes are none."""

    code: ClassVar[str] = "recipient_not_possible"
    sentence: ClassVar[str] = gettext_noop(
        "The recipient must be a phone number in the international form, such as +47 21 23 45 67."
    )


class RecipientIsSender(Refusal):
    """A number does not write to itself."""

    code: ClassVar[str] = "recipient_is_sender"
    sentence: ClassVar[str] = gettext_noop("A number cannot send messages to itself.")


class TextMissing(Refusal):
    """There is nothing to send."""

    code: ClassVar[str] = "text_missing"
    sentence: ClassVar[str] = gettext_noop("The message is empty.")


class TextNotSendable(Refusal):
    """The text has half characters, which no alphabet of SMS can carry."""

    code: ClassVar[str] = "text_not_sendable"
    sentence: ClassVar[str] = gettext_noop("The message has characters that cannot be sent.")


class TextTooLong(Refusal):
    """The text takes more than `parts_max` parts."""

    code: ClassVar[str] = "text_too_long"
    sentence: ClassVar[str] = gettext_noop(
        "The message takes %(parts)s parts; %(parts_max)s are possible."
    )


class NumberCannotSend(Refusal):
    """The number is not active, or unpaid."""

    code: ClassVar[str] = "number_cannot_send"
    sentence: ClassVar[str] = gettext_noop("This number is not active, so it cannot send messages.")


class NumberSuspended(Refusal):
    """A complaint about this number stopped it; the others of its account go on."""

    code: ClassVar[str] = "number_suspended"
    sentence: ClassVar[str] = gettext_noop(
        "This number cannot send messages now, because of a complaint about it."
        " Your other numbers can."
    )


class RecipientOptedOut(Refusal):
    """The recipient wrote STOP to this number."""

    code: ClassVar[str] = "recipient_opted_out"
    sentence: ClassVar[str] = gettext_noop(
        "This recipient does not want any more messages from this number."
    )


class TooManySms(Refusal):
    """More than the account may send in a minute or a day."""

    code: ClassVar[str] = "too_many_sms"
    sentence: ClassVar[str] = gettext_noop(
        "You have sent as many messages as are possible at the moment. "
        "Please try again in %(retry_after_s)s seconds."
    )


class SendingUnusual(Refusal):
    """A new account writes to more people, or more often abroad, than customers do."""

    code: ClassVar[str] = "sending_unusual"
    sentence: ClassVar[str] = gettext_noop(
        "A new account can write to a limited number of people and countries. "
        "Please write to us if you need more."
    )


class SpendLimitReached(Refusal):
    """The text would cost more than the customer lets his account spend within a day."""

    code: ClassVar[str] = "spend_limit_reached"
    sentence: ClassVar[str] = gettext_noop(
        "You let your account spend at most %(limit)s %(currency)s a day on messages, "
        "and this one would exceed it. You can change the limit on the page of your account."
    )


class SpendLimitByPage(Refusal):
    """A program wants to raise or remove the customer's spend limit."""

    code: ClassVar[str] = "spend_limit_by_page"
    sentence: ClassVar[str] = gettext_noop(
        "A program can only lower the spend limit. "
        "Please raise or remove it on the page of your account, with your password."
    )


class QuietHours(Refusal):
    """It is night where the recipient is, and the number keeps quiet hours."""

    code: ClassVar[str] = "quiet_hours"
    sentence: ClassVar[str] = gettext_noop(
        "It is between %(from_hour)s and %(until_hour)s o'clock where the recipient is, "
        "and this number sends nothing at that time."
    )


class SmsOnItsWay(Refusal):
    """What is on its way cannot be deleted: the carrier may have it already."""

    code: ClassVar[str] = "sms_on_its_way"
    sentence: ClassVar[str] = gettext_noop(
        "This message is on its way. It can be deleted once it was sent or has failed."
    )
