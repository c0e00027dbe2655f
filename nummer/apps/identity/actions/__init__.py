"""The verbs of papers."""

from nummer.apps.identity.actions.handing_in import hand_in
from nummer.apps.identity.actions.reviewing import (
    approve,
    dossier,
    open_document,
    open_papers,
    refuse,
)
from nummer.apps.identity.actions.rules import set_rule

__all__ = [
    "approve",
    "dossier",
    "hand_in",
    "open_document",
    "open_papers",
    "refuse",
    "set_rule",
]
