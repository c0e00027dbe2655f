"""How our side reaches the sandbox's Google."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

from nummer.apps.accounts.ports import SignInProvider, SignInProviderFinder
from nummer.suppliers.sandbox.google.api import CERTS, TOKEN, client_keys, google_desk


def sandbox_google(folder: Path, *, port: Callable[[], int], page_url: str) -> SignInProviderFinder:
    """Return who finds the sandbox's Google.

    `port` tells where it answers machines, 0 while it is not up; people see `page_url`. Where its
    memory cannot be written, as on a full disk, it is not up either.
    """
    desk = google_desk(folder)

    def find() -> SignInProvider | None:
        if not (answers_at := port()):
            return None
        try:
            client_id, secret = client_keys(desk)
        except sqlite3.OperationalError:
            return None
        issuer = f"http://127.0.0.1:{answers_at}"
        return SignInProvider(
            client_id=client_id,
            secret=secret,
            issuer=issuer,
            authorize_url=page_url,
            token_url=issuer + TOKEN,
            keys_url=issuer + CERTS,
        )

    return find
