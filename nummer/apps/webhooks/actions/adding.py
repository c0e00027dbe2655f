"""What every new address of a customer's server has in common: one at a time, and a mail."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from django.db import connection

from nummer.apps.notify.actions import send_letter
from nummer.apps.vault.actions import keyed_digest


def one_at_a_time(account_id: int) -> None:
    """Let nobody else add an address to the account before this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('webhooks:' || %s::text, 0))",
            [account_id],
        )


def tell_owner(account_id: int, *, url: str, now: datetime) -> None:
    """Write to the owner that a server is told of his events from now on, once for each host.

    Whoever has a key could have added it, to read along.
    """
    host = urlsplit(url).hostname or ""
    send_letter(
        account_id,
        letter="webhook-added",
        context={"host": host, "created_at": now.isoformat()},
        now=now,
        key=UUID(bytes=keyed_digest("webhook-added", f"{account_id} {host}")),
    )
