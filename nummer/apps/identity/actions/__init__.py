"""The verbs of papers."""

from nummer.apps.identity.actions.checking import check_document, look_after_document
from nummer.apps.identity.actions.comparing import Compared, compare_zone
from nummer.apps.identity.actions.handing_in import hand_in, keep, require_room
from nummer.apps.identity.actions.inspecting import Inspected, inspect, inspect_all
from nummer.apps.identity.actions.purging import end_key, purge_papers
from nummer.apps.identity.actions.reading import read_zone
from nummer.apps.identity.actions.reminding import remind
from nummer.apps.identity.actions.reviewing import (
    approve,
    open_document,
    open_papers,
    refuse,
    release,
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
from nummer.apps.identity.actions.tasks import give_back, take

__all__ = [
    "Compared",
    "Dossier",
    "Inspected",
    "Sheet",
    "acknowledge",
    "approve",
    "begin_transfer",
    "check_document",
    "compare_zone",
    "dossier_of",
    "end_key",
    "give_back",
    "give_up_sending",
    "hand_in",
    "inspect",
    "inspect_all",
    "keep",
    "look_after_document",
    "note_sent",
    "note_verdict",
    "one_at_a_time",
    "open_document",
    "open_papers",
    "purge_papers",
    "read_zone",
    "refuse",
    "release",
    "remind",
    "require_room",
    "set_rule",
    "take",
]
