"""What the vault tells about itself."""

from __future__ import annotations

from django.db import connection

from nummer.apps.vault import keyring
from nummer.apps.vault.errors import KeyDestroyed, SealBroken
from nummer.apps.vault.keyring import KeyName
from nummer.apps.vault.keys import KeyClass

SAMPLE_MAX = 1_000


def audit_lines() -> list[tuple[str, int, str]]:
    """Return (invariant, breaches, detail) for `nummer audit`."""
    return [
        (
            "vault: every key opens as the key of its own row",
            _unopened(),
            f"newest {SAMPLE_MAX} rows",
        ),
    ]


def _unopened() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT account_id, klass, epoch FROM vault_subject_key WHERE wrapped IS NOT NULL"
            " ORDER BY account_id DESC, klass, epoch LIMIT %s",
            [SAMPLE_MAX],
        )
        rows = cursor.fetchall()
    return sum(not _opens(KeyName(row[0], KeyClass(row[1])), row[2]) for row in rows)


def _opens(name: KeyName, epoch: int) -> bool:
    try:
        keyring.key_of_epoch(name, epoch)
    except SealBroken:
        return False
    except KeyDestroyed:  # between the two reads
        return True
    return True
