"""Carriers' price lists: read strictly, compared with what holds, taken over by a person's click.

A file is read as a whole first: one with a line that is not plain is refused, with line and
column, and leaves nothing. A job compares it batch by batch; each batch writes lines and progress
together, so that a job that was killed goes on where it stopped. What is taken over is never
changed afterwards.
"""

from nummer.apps.catalogue.models import ListState
from nummer.apps.catalogue.sms_lists.comparing import Change, Difference
from nummer.apps.catalogue.sms_lists.reading import (
    BROKEN_SHOWN,
    LINES_MAX,
    LIST_BYTES_MAX,
    ListForm,
    PriceLine,
    broken_lines,
    read_list,
)
from nummer.apps.catalogue.sms_lists.runs import (
    LINES_PAGE,
    ListRow,
    compare_again,
    compare_list,
    drop_list,
    list_lines,
    price_list,
    price_lists,
    start_list,
    take_over,
)

__all__ = (
    "BROKEN_SHOWN",
    "LINES_MAX",
    "LINES_PAGE",
    "LIST_BYTES_MAX",
    "Change",
    "Difference",
    "ListForm",
    "ListRow",
    "ListState",
    "PriceLine",
    "broken_lines",
    "compare_again",
    "compare_list",
    "drop_list",
    "list_lines",
    "price_list",
    "price_lists",
    "read_list",
    "start_list",
    "take_over",
)
