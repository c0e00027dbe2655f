"""The verbs of messages."""

from nummer.apps.messaging.actions.drafting import Accepted, Answer, Leaving
from nummer.apps.messaging.actions.expiring import expire, send_until
from nummer.apps.messaging.actions.fates import (
    REFUSED_BY_CARRIER,
    Fate,
    Kind,
    call_unknown,
    give_up,
    mark_failed,
    mark_sent,
    mark_unknown,
    recover_taken,
    report,
)
from nummer.apps.messaging.actions.forgetting import delete_sms, redact_sms
from nummer.apps.messaging.actions.forwarding import answer_by_itself, forward_by_mail
from nummer.apps.messaging.actions.inbox import mark_read, set_inbox
from nummer.apps.messaging.actions.lane import Lane, run
from nummer.apps.messaging.actions.minutes import Counted, count_minutes
from nummer.apps.messaging.actions.owed import (
    OwedReceipt,
    OwedSms,
    owed_receipts,
    owed_sms,
    receipt_told,
    sms_told,
)
from nummer.apps.messaging.actions.purging import purge
from nummer.apps.messaging.actions.receipts import Told, record_receipt, record_receipts
from nummer.apps.messaging.actions.receive import (
    Prepared,
    flush_parts,
    preparing,
    receive,
    storing,
)
from nummer.apps.messaging.actions.send import queue_system_text, reroute, take_outgoing
from nummer.apps.messaging.actions.sending import (
    Handed,
    SmsPrice,
    SmsWish,
    handing_in,
    send_sms,
    send_sms_once,
    sms_price,
    submit_texts,
    submitting,
)

__all__ = [
    "REFUSED_BY_CARRIER",
    "Accepted",
    "Answer",
    "Counted",
    "Fate",
    "Handed",
    "Kind",
    "Lane",
    "Leaving",
    "OwedReceipt",
    "OwedSms",
    "Prepared",
    "SmsPrice",
    "SmsWish",
    "Told",
    "answer_by_itself",
    "call_unknown",
    "count_minutes",
    "delete_sms",
    "expire",
    "flush_parts",
    "forward_by_mail",
    "give_up",
    "handing_in",
    "mark_failed",
    "mark_read",
    "mark_sent",
    "mark_unknown",
    "owed_receipts",
    "owed_sms",
    "preparing",
    "purge",
    "queue_system_text",
    "receipt_told",
    "receive",
    "record_receipt",
    "record_receipts",
    "recover_taken",
    "redact_sms",
    "report",
    "reroute",
    "run",
    "send_sms",
    "send_sms_once",
    "send_until",
    "set_inbox",
    "sms_price",
    "sms_told",
    "storing",
    "submit_texts",
    "submitting",
    "take_outgoing",
]
