"""Reads of messages: codes of one-time numbers, SMS of rented ones, and the proofs of this app."""

from nummer.apps.messaging.queries.both import sms, sms_of
from nummer.apps.messaging.queries.codes import (
    MESSAGES_MAX,
    MessageHead,
    MessageRow,
    PurgeRow,
    audit_lines,
    heads,
    messages,
    messages_of,
    oldest_kept,
    purges,
)
from nummer.apps.messaging.queries.forms import Direction, Sms, SmsState
from nummer.apps.messaging.queries.received import kept

__all__ = [
    "MESSAGES_MAX",
    "Direction",
    "MessageHead",
    "MessageRow",
    "PurgeRow",
    "Sms",
    "SmsState",
    "audit_lines",
    "heads",
    "kept",
    "messages",
    "messages_of",
    "oldest_kept",
    "purges",
    "sms",
    "sms_of",
]
