"""A sweep in a process of its own, to be killed: `… -m tests.long.sweep UNTIL`."""

from __future__ import annotations

import os
import sys
from datetime import datetime

import django


def main(until: str) -> None:
    """Do all that is due until a moment, in the test's database."""
    django.setup()
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = os.environ["TEST_DATABASE"]
    from nummer.config.sweeper import sweep_until

    swept = sweep_until(datetime.fromisoformat(until))
    sys.exit(1 if swept.failed else 0)


if __name__ == "__main__":
    main(sys.argv[1])
