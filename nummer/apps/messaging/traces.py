"""What of the messages on a number may be told to whoever ordered it: when and why, never what.

An order's holder learns of three kinds of SMS: those that were shown to him, those of another
service that came while he held the number, and those of his own service that came when they could
no longer be shown. A slot is sold once (ADR 72), so nobody else ever ordered this service on this
number and the last kind is about nobody else. Sender, text and foreign services are not read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from django.db import connection

from nummer.apps.numbers.queries import ActivationRow
from nummer.apps.vault.keys import OPERATOR_ACCOUNT_ID

TRACES_MAX: Final = 100


class Reason(StrEnum):
    """What became of an SMS, and why."""

    CODE_FOUND = "code_found"
    NO_CODE = "no_code"
    OTHER_SERVICE = "other_service"
    TOO_LATE = "too_late"
    SENDER_BLOCKED = "sender_blocked"


@dataclass(frozen=True, slots=True)
class Trace:
    """An SMS on the number of an order: when it came, when it was filed, what became of it."""

    received_at: datetime
    filed_at: datetime
    reason: Reason
    parts: int


def traces(row: ActivationRow, *, limit: int = TRACES_MAX) -> list[Trace]:
    """Return what came on the number of an activation, oldest first; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            _TRACES,
            {
                "account_id": row.account_id,
                "operator": OPERATOR_ACCOUNT_ID,
                "activation": row.key,
                "number": row.number.e164,
                "service": row.service,
                "opened_at": row.opened_at,
                "ended_at": min(row.closed_at or row.window_ends_at, row.window_ends_at),
                "limit": limit,
            },
        )
        return [
            Trace(at, filed_at, Reason(reason), parts) for at, filed_at, reason, parts in cursor
        ]


# The second part uses message_of_nobody (migration), the first message_of_activation. A message of
# nobody that came while the activation was open was refused for its sender: all others would have
# been stored for its holder.
_TRACES: Final = """
SELECT received_at, stored_at,
       CASE outcome WHEN 'shown' THEN 'code_found' ELSE 'no_code' END AS reason, parts
  FROM messaging_message
 WHERE account_id = %(account_id)s AND activation_id = %(activation)s
 UNION ALL
SELECT received_at, stored_at,
       CASE WHEN NOT %(service)s = ANY (matched) THEN 'other_service'
            WHEN stored_at <= %(ended_at)s THEN 'sender_blocked' ELSE 'too_late' END, parts
  FROM messaging_message
 WHERE account_id = %(operator)s AND e164 = %(number)s AND received_at >= %(opened_at)s
   AND (%(service)s = ANY (matched) OR (outcome = 'other' AND stored_at <= %(ended_at)s))
 ORDER BY received_at, stored_at
 LIMIT %(limit)s
"""
