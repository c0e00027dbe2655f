"""Brings a list of numbers into the stock: CSV in, numbers and slots out, a reason for the rest.

A file is looked through as a whole first: one that cannot be trusted (broken quotes, odd bytes, a
missing column) is refused and leaves nothing. Then a job takes it in batches, each one SQL call
that writes numbers, slots, refused lines and progress together, so that a job that was killed goes
on where it stopped, and one that runs twice does everything once.
"""

from nummer.apps.numbers.importing.lines import REASONS, NumberLine, Reason
from nummer.apps.numbers.importing.runs import (
    ImportRow,
    RefusedLine,
    add_numbers,
    continue_import,
    import_run,
    import_runs,
    refused_lines,
    start_import,
)
from nummer.apps.numbers.importing.sheet import COLUMNS, LINES_MAX, SHEET_BYTES_MAX

__all__ = (
    "COLUMNS",
    "LINES_MAX",
    "REASONS",
    "SHEET_BYTES_MAX",
    "ImportRow",
    "NumberLine",
    "Reason",
    "RefusedLine",
    "add_numbers",
    "continue_import",
    "import_run",
    "import_runs",
    "refused_lines",
    "start_import",
)
