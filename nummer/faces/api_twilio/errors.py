"""Refusals that only this protocol knows; they name what its numbers are for."""

from typing import ClassVar

from nummer.kernel.errors import Refusal
from nummer.kernel.locale import gettext_noop


class NotAuthenticated(Refusal):
    """No account SID with its token, and no key SID with its secret."""

    code: ClassVar[str] = "twilio_not_authenticated"
    sentence: ClassVar[str] = gettext_noop("The account SID, key SID or secret is not valid.")


class MainTokenNeeded(Refusal):
    """Keys manage no keys: that needs the account SID and its token."""

    code: ClassVar[str] = "twilio_main_token_needed"
    sentence: ClassVar[str] = gettext_noop("This needs the account SID and its token, not a key.")


class NotForSubAccounts(Refusal):
    """A sub-account was asked for what is not told apart by sub-account."""

    code: ClassVar[str] = "twilio_not_for_sub_accounts"
    sentence: ClassVar[str] = gettext_noop("This is not offered to sub-accounts.")


class CallsTooMany(Refusal):
    """The account or key called too often; `retry_after_s` says when it may again."""

    code: ClassVar[str] = "twilio_calls_too_many"
    sentence: ClassVar[str] = gettext_noop("Too many calls. Please wait %(retry_after_s)s seconds.")


class NothingHere(Refusal):
    """There is nothing of the caller's at this address."""

    code: ClassVar[str] = "twilio_nothing_here"
    sentence: ClassVar[str] = gettext_noop("There is nothing at this address.")


class MethodNotOffered(Refusal):
    """The address exists, for other methods."""

    code: ClassVar[str] = "twilio_method_not_offered"
    sentence: ClassVar[str] = gettext_noop("This address does not offer that method.")


class ParameterMalformed(Refusal):
    """A parameter is too long or of a wrong type; `name` says which."""

    code: ClassVar[str] = "twilio_parameter_malformed"
    sentence: ClassVar[str] = gettext_noop("The parameter %(name)s has an invalid value.")


class ParameterNotOffered(Refusal):
    """A parameter asks for something that is not offered here; `name` says which."""

    code: ClassVar[str] = "twilio_parameter_not_offered"
    sentence: ClassVar[str] = gettext_noop("The parameter %(name)s is not offered here.")


class RequestUnreadable(Refusal):
    """The request is too large or cannot be read."""

    code: ClassVar[str] = "twilio_request_unreadable"
    sentence: ClassVar[str] = gettext_noop("The request cannot be read.")


class NumberMissing(Refusal):
    """A purchase names neither a number nor an area."""

    code: ClassVar[str] = "twilio_number_missing"
    sentence: ClassVar[str] = gettext_noop("Please name the phone number to be rented.")


class NumberMalformed(Refusal):
    """What was given is no phone number."""

    code: ClassVar[str] = "twilio_number_malformed"
    sentence: ClassVar[str] = gettext_noop("This is not a phone number.")


class NumberNotForRent(Refusal):
    """The number is not among those that can be rented now."""

    code: ClassVar[str] = "twilio_number_not_for_rent"
    sentence: ClassVar[str] = gettext_noop("This number is not for rent.")


class AreaWithoutNumbers(Refusal):
    """No free number begins with that area code."""

    code: ClassVar[str] = "twilio_area_without_numbers"
    sentence: ClassVar[str] = gettext_noop("There is no free number in this area.")


class AreaMalformed(Refusal):
    """An area code has digits only."""

    code: ClassVar[str] = "twilio_area_malformed"
    sentence: ClassVar[str] = gettext_noop("An area code has digits only.")


class AddressMalformed(Refusal):
    """A web address that is to be called is none; `name` says which."""

    code: ClassVar[str] = "twilio_address_malformed"
    sentence: ClassVar[str] = gettext_noop("%(name)s is not a web address that can be called.")


class HookMethodMalformed(Refusal):
    """Webhooks are GET or POST; `name` says which parameter is neither."""

    code: ClassVar[str] = "twilio_hook_method_malformed"
    sentence: ClassVar[str] = gettext_noop("%(name)s is neither GET nor POST.")


class RecipientMissing(Refusal):
    """A message names no recipient."""

    code: ClassVar[str] = "twilio_recipient_missing"
    sentence: ClassVar[str] = gettext_noop("Please name the recipient of the message.")


class RecipientMalformed(Refusal):
    """The recipient of a message is no phone number."""

    code: ClassVar[str] = "twilio_recipient_malformed"
    sentence: ClassVar[str] = gettext_noop("The recipient is not a phone number.")


class SenderMissing(Refusal):
    """A message names no sender."""

    code: ClassVar[str] = "twilio_sender_missing"
    sentence: ClassVar[str] = gettext_noop("Please name one of your numbers as the sender.")


class SenderNotYours(Refusal):
    """The sender of a message is none of the customer's numbers that send."""

    code: ClassVar[str] = "twilio_sender_not_yours"
    sentence: ClassVar[str] = gettext_noop("The sender is none of your numbers that send SMS.")


class BodyMissing(Refusal):
    """A message has no text."""

    code: ClassVar[str] = "twilio_body_missing"
    sentence: ClassVar[str] = gettext_noop("Please write a text for the message.")


class BodyTooLong(Refusal):
    """A message has more than 1600 characters."""

    code: ClassVar[str] = "twilio_body_too_long"
    sentence: ClassVar[str] = gettext_noop("A message has at most 1600 characters.")


class MediaNotSent(Refusal):
    """Pictures and sounds are not sent from these numbers."""

    code: ClassVar[str] = "twilio_media_not_sent"
    sentence: ClassVar[str] = gettext_noop("Numbers here send texts only, no media.")


class ServiceUnknown(Refusal):
    """There are no messaging services: a message names its number."""

    code: ClassVar[str] = "twilio_messaging_service_unknown"
    sentence: ClassVar[str] = gettext_noop("There is no such messaging service.")


class ContentUnknown(Refusal):
    """There are no content templates."""

    code: ClassVar[str] = "twilio_content_unknown"
    sentence: ClassVar[str] = gettext_noop("There is no such content template.")


class NotScheduled(Refusal):
    """Messages are sent at once, never at a later time."""

    code: ClassVar[str] = "twilio_not_scheduled"
    sentence: ClassVar[str] = gettext_noop("Messages are sent at once and cannot be scheduled.")


class MessageTooExpensive(Refusal):
    """The message costs more than MaxPrice."""

    code: ClassVar[str] = "twilio_message_too_expensive"
    sentence: ClassVar[str] = gettext_noop("The message costs more than MaxPrice.")


class MessageNotFinished(Refusal):
    """A message on its way can be neither redacted nor deleted."""

    code: ClassVar[str] = "twilio_message_not_finished"
    sentence: ClassVar[str] = gettext_noop("The message is still on its way.")


class MessageNotCancellable(Refusal):
    """The message is on its way or has arrived."""

    code: ClassVar[str] = "twilio_message_not_cancellable"
    sentence: ClassVar[str] = gettext_noop("The message can no longer be cancelled.")


class PageUnknown(Refusal):
    """A page's token is none that we gave out."""

    code: ClassVar[str] = "twilio_page_unknown"
    sentence: ClassVar[str] = gettext_noop("There is no such page.")


class BundleUnknown(Refusal):
    """There is no bundle, end user or document with that SID."""

    code: ClassVar[str] = "twilio_bundle_unknown"
    sentence: ClassVar[str] = gettext_noop("There is no such bundle of documents.")


class BundleNotUsable(Refusal):
    """The bundle is not submitted, was refused, or is for numbers of another country or kind."""

    code: ClassVar[str] = "twilio_bundle_not_usable"
    sentence: ClassVar[str] = gettext_noop(
        "This bundle was not submitted, was refused, or is for other numbers."
    )


class CallsNotSold(Refusal):
    """Calls are not sold by this protocol yet, so they have neither prices nor records."""

    code: ClassVar[str] = "twilio_calls_not_sold"
    sentence: ClassVar[str] = gettext_noop("Calls are not sold here yet.")
