"""The verbs of cases."""

from nummer.apps.cases.actions.attaching import Upload
from nummer.apps.cases.actions.declarations import (
    Declared,
    may_answer,
    note_answered,
    open_declared,
    reach_of,
    report_abuse,
)
from nummer.apps.cases.actions.desk import give_case, merge_cases, write_note
from nummer.apps.cases.actions.looking import look_by_case, look_by_reason, purge_access
from nummer.apps.cases.actions.mail import Received, receive_mail
from nummer.apps.cases.actions.opening import (
    confirm_case,
    end_case,
    open_case,
    says,
    was_opened_with,
    write_message,
)
from nummer.apps.cases.actions.purging import purge_case, purge_counts, purge_raw
from nummer.apps.cases.actions.rating import rate_case
from nummer.apps.cases.actions.staff import answer, assign_case, close_case, set_kind
from nummer.apps.cases.actions.standard import set_standard_answer
from nummer.apps.cases.models import Channel, Kind, Proof, Rating, State, Why

__all__ = [
    "Channel",
    "Declared",
    "Kind",
    "Proof",
    "Rating",
    "Received",
    "State",
    "Upload",
    "Why",
    "answer",
    "assign_case",
    "close_case",
    "confirm_case",
    "end_case",
    "give_case",
    "look_by_case",
    "look_by_reason",
    "may_answer",
    "merge_cases",
    "note_answered",
    "open_case",
    "open_declared",
    "purge_access",
    "purge_case",
    "purge_counts",
    "purge_raw",
    "rate_case",
    "reach_of",
    "receive_mail",
    "report_abuse",
    "says",
    "set_kind",
    "set_standard_answer",
    "was_opened_with",
    "write_message",
    "write_note",
]
