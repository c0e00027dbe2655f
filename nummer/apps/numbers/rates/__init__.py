"""How often and how fast codes came, measured from our own activations (ADR 77, ADR 78).

`counting` adds ended activations to small tables, `reading` answers what may be shown, `figures`
is the arithmetic between them. A page never counts activations itself.
"""

from nummer.apps.numbers.rates.counting import count_ended, recount, slide_window
from nummer.apps.numbers.rates.figures import (
    BUYERS_MIN,
    EVERY_COUNTRY,
    ORDERS_MIN,
    WINDOW_DAYS,
    CodeRate,
)
from nummer.apps.numbers.rates.reading import code_rates

__all__ = [
    "BUYERS_MIN",
    "EVERY_COUNTRY",
    "ORDERS_MIN",
    "WINDOW_DAYS",
    "CodeRate",
    "code_rates",
    "count_ended",
    "recount",
    "slide_window",
]
