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
from nummer.apps.messaging.queries.grouped import (
    Conversation,
    Searched,
    conversation,
    conversation_id,
    conversations,
    searched,
    thread,
)
from nummer.apps.messaging.queries.inboxes import InboxRow, due_mails, due_replies, inbox
from nummer.apps.messaging.queries.minutes import MinuteRow, minutes
from nummer.apps.messaging.queries.received import kept
from nummer.apps.messaging.queries.usage import (
    Bucket,
    UsageRow,
    Used,
    texts_counted_from,
    usage,
)

__all__ = [
    "MESSAGES_MAX",
    "Bucket",
    "Conversation",
    "Direction",
    "InboxRow",
    "MessageHead",
    "MessageRow",
    "MinuteRow",
    "PurgeRow",
    "Searched",
    "Sms",
    "SmsState",
    "UsageRow",
    "Used",
    "audit_lines",
    "conversation",
    "conversation_id",
    "conversations",
    "due_mails",
    "due_replies",
    "heads",
    "inbox",
    "kept",
    "messages",
    "messages_of",
    "minutes",
    "oldest_kept",
    "purges",
    "searched",
    "sms",
    "sms_of",
    "texts_counted_from",
    "thread",
    "usage",
]
