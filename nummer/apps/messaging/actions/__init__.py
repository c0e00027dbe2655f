"""The verbs of messages."""

from nummer.apps.messaging.actions.forgetting import delete_sms, redact_sms
from nummer.apps.messaging.actions.forwarding import forward_by_mail
from nummer.apps.messaging.actions.inbox import mark_read, set_inbox
from nummer.apps.messaging.actions.lane import Lane, run
from nummer.apps.messaging.actions.purging import purge
from nummer.apps.messaging.actions.receive import (
    Prepared,
    flush_parts,
    preparing,
    receive,
    storing,
)
from nummer.apps.messaging.actions.send import (
    mark_failed,
    mark_sent,
    mark_unknown,
    queue_system_text,
    record_receipt,
    recover_taken,
    take_outgoing,
)

__all__ = [
    "Lane",
    "Prepared",
    "delete_sms",
    "flush_parts",
    "forward_by_mail",
    "mark_failed",
    "mark_read",
    "mark_sent",
    "mark_unknown",
    "preparing",
    "purge",
    "queue_system_text",
    "receive",
    "record_receipt",
    "recover_taken",
    "redact_sms",
    "run",
    "set_inbox",
    "storing",
    "take_outgoing",
]
