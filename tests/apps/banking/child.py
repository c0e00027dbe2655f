"""A process that is killed: `python -m tests.apps.banking.child FILE MARK STAGE`.

It reads a statement and stops at its second entry: once that is credited but not yet written down
as such ("credited"), or after it ("between"). It then makes the file MARK and waits to be killed.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

import django


def main(words: list[str]) -> None:
    """Read the statement up to the place."""
    file, mark, stage = words
    django.setup()
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = os.environ["TEST_DATABASE"]
    from nummer.apps.banking import actions
    from nummer.apps.banking.actions import importing, matching
    from tests import builders

    place = matching if stage == "credited" else importing
    name = "close" if stage == "credited" else "take_entry"
    real, seen = getattr(place, name), [0]

    def stopped(*arguments: Any, **named: Any) -> Any:
        seen[0] += 1
        if stage == "between":
            found = real(*arguments, **named)
            if seen[0] == 2:
                wait()
            return found
        if seen[0] == 2:
            wait()
        return real(*arguments, **named)

    def wait() -> None:
        Path(mark).touch()
        time.sleep(120)

    setattr(place, name, stopped)
    with Path(file).open("rb") as source:
        actions.import_statements(source, actor="staff:1", now=builders.NOW)


if __name__ == "__main__":
    main(sys.argv[1:])
