"""A shop with a number that is kept for probes, and one route to it."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from nummer.apps.messaging.actions import (
    Fate,
    Kind,
    Told,
    record_receipts,
    report,
    take_outgoing,
)
from nummer.apps.numbers.importing import NumberLine
from nummer.apps.probes import actions, queries
from nummer.apps.probes.models import Probe
from nummer.apps.probes.queries import ProbeRow
from nummer.kernel.phone import PhoneNumber
from tests import builders
from tests.builders import NOW

PROBED = PhoneNumber("+4759530000")
STAFF = "staff:1"
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


def kept(number: PhoneNumber = PROBED, *, carrier: str = "sandbox", country: str = "NO") -> None:
    """Keep a number for probes."""
    line = NumberLine(
        number, country=country, carrier=carrier, kind="mobile", sms=True, voice=False
    )
    actions.add_number(line, actor=STAFF, now=NOW)


def planned(*, carrier: str = "sandbox") -> UUID:
    """Sell and buy SMS to Norway, and probe a route."""
    builders.sms_rates({"47": "0.05"}, carrier=carrier)
    kept()
    return actions.add_plan(carrier=carrier, number=PROBED, actor=STAFF, now=NOW)


def start(plan_id: UUID, *, at: datetime = NOW) -> UUID:
    """Send a probe as the staff does."""
    return actions.run_now(plan_id, actor=STAFF, now=at)


def accept(*, at: datetime, message_id: str = "m1") -> list[str]:
    """Let the carrier take what waits for it; return what it was given."""
    texts = take_outgoing(rooms={"sandbox": 10, "other": 10}, now=at)
    report(
        [
            Fate(text.account_id, text.id, Kind.SENT, carrier=text.carrier, message_id=message_id)
            for text in texts
        ],
        now=at + SECOND,
    )
    return [text.text for text in texts]


def receipt(*, at: datetime, delivered: bool = True, message_id: str = "m1") -> None:
    """Let the carrier say what became of it."""
    record_receipts([Told("sandbox", message_id, delivered)], now=at)


def last(plan_id: UUID) -> ProbeRow:
    """Return a plan's newest probe."""
    return queries.history(plan_id)[0]


def lost(plan_id: UUID, *, at: datetime) -> None:
    """Send a probe that never arrives."""
    probe_id = start(plan_id, at=at)
    accept(at=at, message_id=str(probe_id))
    over = Probe.objects.get(id=probe_id).wait_until
    assert actions.look(probe_id, late=False, now=over) == "lost"


def arrived(plan_id: UUID, *, at: datetime) -> None:
    """Send a probe that arrives, with its receipt."""
    probe_id = start(plan_id, at=at)
    (text,) = accept(at=at, message_id=str(probe_id))
    receipt(at=at + 3 * SECOND, message_id=str(probe_id))
    builders.deliver(PROBED, text, sender="Nummer", at=at + 4 * SECOND)
    assert actions.look(probe_id, late=False, now=at + 15 * SECOND) == "arrived"
