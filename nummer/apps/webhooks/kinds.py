"""What can be told, and which hook of a lease hears it."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import Final

from django.db.models import TextChoices


class Purpose(StrEnum):
    """What a hook of one lease is for."""

    SMS = "sms"  # a message came
    STATUS = "status"  # a message that was sent changed its state
    VOICE = "voice"  # a call came


class Sort(StrEnum):
    """Whose events an endpoint hears."""

    ACCOUNT = "account"  # those of the account, of the kinds it names
    LEASE = "lease"  # those of one purpose of one lease
    MESSAGE = "message"  # those that name its address themselves


class EndpointState(TextChoices):
    """Whether an endpoint is called."""

    ON = "on"
    OFF = "off"  # by the customer
    FAILED = "failed"  # by us, after days in which nothing arrived


class DeliveryState(TextChoices):
    """How far an event came at one endpoint."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"  # tried for the last time
    MISSED = "missed"  # the endpoint was off; a replay sends it
    NOTHING = "nothing"  # its subject was gone, or allowed nothing to be said any more


TEST: Final = "test"  # sent by hand, about nothing

BUNDLE_UPDATED: Final = "bundle.updated"
ADDRESSED: Final = (BUNDLE_UPDATED,)  # told to the address that a subject names, and to no other

# Only ever grows: customers' programs know these words.
KINDS: Final = (
    "message.received",
    "message.updated",
    "lease.activated",
    "lease.failed",
    "lease.renewed",
    "lease.unpaid",
    "lease.ended",
    "lease.blocked",
    "lease.replaced",
)

PURPOSES: Final = MappingProxyType(
    {
        "message.received": Purpose.SMS,
        "message.updated": Purpose.STATUS,
    }
)
