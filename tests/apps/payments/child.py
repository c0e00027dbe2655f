"""A process that is killed: `… -m tests.apps.payments.child CODE FOLDER PORT WHAT ACCOUNT ID`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from uuid import UUID

import django


def main(words: list[str]) -> None:
    """Ask the provider for one thing."""
    code, folder, port, what, account_id, row = words
    django.setup()
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = os.environ["TEST_DATABASE"]
    from nummer.apps.payments.actions import automatic, concluding, paying_in, sending_back
    from nummer.apps.payments.models import TopUp
    from nummer.apps.payments.ports import Payments, install_payments, installed_payments
    from tests import builders
    from tests.apps.payments.sides import reach

    provider = reach(code, Path(folder), int(port))
    install_payments(
        Payments(providers=[provider], return_url="http://shop.test/top-up/{top_up_id}/")
    )
    customer, key, now = int(account_id), UUID(row), builders.NOW
    if what == "refund":
        sending_back.send(customer, refund_id=key, now=now)
    elif what == "charge":
        automatic.take_kept(customer, top_up_id=key, now=now)
    elif what == "conclude":
        concluding.conclude(customer, top_up_id=key, now=now)
    else:
        assert what == "open"
        top_up = TopUp.objects.get(account_id=customer, id=key)
        sandbox = installed_payments().providers[0]
        paying_in._open_checkout(top_up, provider=sandbox, keep_method=False, now=now)


if __name__ == "__main__":
    main(sys.argv[1:])
