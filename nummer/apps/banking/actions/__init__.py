"""The verbs of money at the bank."""

from nummer.apps.banking.actions.importing import STATEMENT_BYTES_MAX, Taken, import_statements
from nummer.apps.banking.actions.outgoing import confirm_by_hand, draw_for_share
from nummer.apps.banking.actions.references import draw, draw_for_refund, draw_for_top_up
from nummer.apps.banking.actions.suspense import decide, release, withdraw

__all__ = [
    "STATEMENT_BYTES_MAX",
    "Taken",
    "confirm_by_hand",
    "decide",
    "draw",
    "draw_for_refund",
    "draw_for_share",
    "draw_for_top_up",
    "import_statements",
    "release",
    "withdraw",
]
