"""Refusals of webhooks."""

from __future__ import annotations

from typing import ClassVar

from nummer.kernel.errors import Refusal
from nummer.kernel.locale import gettext_noop


class NoSuchEndpoint(Refusal):
    """The account has no endpoint with that id."""

    code: ClassVar[str] = "no_such_endpoint"
    sentence: ClassVar[str] = gettext_noop("There is no such webhook in your account.")


class NoSuchDelivery(Refusal):
    """The endpoint has no delivery of that event, or it was too long ago."""

    code: ClassVar[str] = "no_such_delivery"
    sentence: ClassVar[str] = gettext_noop("There is no such delivery, or it is no longer kept.")


class AddressRefused(Refusal):
    """The address is not one that we call; `why` is a word of `protocols.webhooks.addresses`."""

    code: ClassVar[str] = "webhook_address_refused"
    sentence: ClassVar[str] = gettext_noop(
        "This address cannot be called. Please give a public address that begins with https://."
    )


class TooManyEndpoints(Refusal):
    """The account has as many endpoints as it may have; `most` says how many."""

    code: ClassVar[str] = "too_many_endpoints"
    sentence: ClassVar[str] = gettext_noop("An account can have at most %(most)s webhooks.")


class UnknownKind(Refusal):
    """An event of that kind does not exist."""

    code: ClassVar[str] = "unknown_event_kind"
    sentence: ClassVar[str] = gettext_noop("There are no events of this kind.")


class EndpointOff(Refusal):
    """The endpoint is switched off, so nothing is sent to it."""

    code: ClassVar[str] = "endpoint_off"
    sentence: ClassVar[str] = gettext_noop("This webhook is switched off. Switch it on first.")


class TooManyRepeats(Refusal):
    """Too many tests and replays; `retry_after_s` says when there is room again."""

    code: ClassVar[str] = "too_many_webhook_repeats"
    sentence: ClassVar[str] = gettext_noop(
        "Too many tests and replays. Please wait %(retry_after_s)s seconds."
    )
