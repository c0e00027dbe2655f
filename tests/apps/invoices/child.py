"""A process that is killed while it writes: `python -m tests.apps.invoices.child ACCOUNT MARK`."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import django


def main(words: list[str]) -> None:
    """Take the numbers, write the documents, leave a mark, and never come to the commit."""
    account_id, mark = words
    django.setup()
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = os.environ["TEST_DATABASE"]
    from nummer.apps.invoices import cut
    from nummer.apps.invoices.actions import write_documents
    from tests.apps.invoices.world import AFTER, MONTH

    def reached(_: object) -> int:
        Path(mark).touch()
        time.sleep(60)
        return 0

    cut.first_open_line = reached  # type: ignore[assignment]  # the last step before the commit
    write_documents(int(account_id), month=MONTH, now=AFTER)


if __name__ == "__main__":
    main(sys.argv[1:])
