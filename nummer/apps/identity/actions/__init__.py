"""The verbs of papers."""

from nummer.apps.identity.actions.handing_in import hand_in, require_room
from nummer.apps.identity.actions.purging import end_key, purge_papers
from nummer.apps.identity.actions.reviewing import (
    approve,
    open_document,
    open_papers,
    refuse,
)
from nummer.apps.identity.actions.rules import acknowledge, set_rule
from nummer.apps.identity.actions.sending import (
    Dossier,
    Sheet,
    begin_transfer,
    dossier_of,
    give_up_sending,
    note_sent,
    note_verdict,
)
from nummer.apps.identity.actions.store import one_at_a_time

__all__ = [
    "Dossier",
    "Sheet",
    "acknowledge",
    "approve",
    "begin_transfer",
    "dossier_of",
    "end_key",
    "give_up_sending",
    "hand_in",
    "note_sent",
    "note_verdict",
    "one_at_a_time",
    "open_document",
    "open_papers",
    "purge_papers",
    "refuse",
    "require_room",
    "set_rule",
]
