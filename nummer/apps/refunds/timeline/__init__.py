"""Why an order went as it did: what happened to it, and which clause decides now.

`events` puts the facts of an order in the order of time, `prospect` asks the policy what follows
if nothing more happens, `reading` fetches both for whoever may see the order. Nothing here is
stored: the time line is read from the rows that decide, so it cannot say anything else than they.
"""

from nummer.apps.refunds.timeline.events import Event, Kind
from nummer.apps.refunds.timeline.prospect import Choice, IfCancelled, Prospect, Standing, Step
from nummer.apps.refunds.timeline.reading import Timeline, cancelling_barred, timeline

__all__ = [
    "Choice",
    "Event",
    "IfCancelled",
    "Kind",
    "Prospect",
    "Standing",
    "Step",
    "Timeline",
    "cancelling_barred",
    "timeline",
]
