"""What every new address of a customer's server has in common: one at a time, and a mail."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from django.db import connection

from nummer.apps.notify.actions import send_letter
from nummer.apps.vault.actions import keyed_digest
from nummer.apps.webhooks.models import Endpoint
from nummer.kernel.ids import id_of


def one_at_a_time(account_id: int) -> None:
    """Let nobody else add an address to the account before this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('webhooks:' || %s::text, 0))",
            [account_id],
        )


def tell_owner(account_id: int, *, url: str, now: datetime) -> None:
    """Write to the owner that a server is told of his events from now on, before it is stored.

    Whoever has a key could have added it, to read along. A host that has an endpoint is known;
    one whose last endpoint went is new again. One letter a day and host, also of two at once.
    """
    [host] = hosts_of(account_id, url)
    if Endpoint.objects.filter(account_id=account_id, hosts__contains=[host]).exists():
        return
    send_letter(
        account_id,
        letter="webhook-added",
        context={"host": urlsplit(url).hostname or "", "created_at": now.isoformat()},
        now=now,
        key=id_of("webhooks.added", host, f"{now:%Y-%m-%d}"),
    )


def hosts_of(account_id: int, *urls: str) -> list[UUID]:
    """Return what stands for the hosts of addresses, for this account alone; none of no address."""
    names = (urlsplit(url).hostname or "" for url in urls if url)
    return [UUID(bytes=keyed_digest("webhook-added", f"{account_id} {name}")) for name in names]
