"""Every verb that can give money back."""

from nummer.apps.refunds.actions.booking import Decided, facts_sha256
from nummer.apps.refunds.actions.claims import (
    Ask,
    Asked,
    answer_claim,
    complete_claim,
    confirm_claim,
    file_claim,
    preview,
)
from nummer.apps.refunds.actions.deadlines import meet_deadline, miss, void_deadline, warn
from nummer.apps.refunds.actions.ends import (
    cancel_activation,
    carrier_notice,
    end_taken,
    end_window,
    finish_activation,
    note_overdue,
    number_blocked,
)
from nummer.apps.refunds.actions.faults import report_by_message, report_fault, say_lease_affected
from nummer.apps.refunds.actions.leases import cancel_lease, end_lease, settle_lease
from nummer.apps.refunds.actions.letters import tell_refunds
from nummer.apps.refunds.actions.outages import credit_outages
from nummer.apps.refunds.actions.people import propose, release, send_back
from nummer.apps.refunds.actions.terminations import (
    Ended,
    Termination,
    When,
    confirm_termination,
    declare_termination,
)
from nummer.apps.refunds.actions.withdrawals import (
    Declaration,
    confirm_by_case,
    confirm_by_mail,
    declare_withdrawal,
    withdraw,
)

__all__ = [
    "Ask",
    "Asked",
    "Decided",
    "Declaration",
    "Ended",
    "Termination",
    "When",
    "answer_claim",
    "cancel_activation",
    "cancel_lease",
    "carrier_notice",
    "complete_claim",
    "confirm_by_case",
    "confirm_by_mail",
    "confirm_claim",
    "confirm_termination",
    "credit_outages",
    "declare_termination",
    "declare_withdrawal",
    "end_lease",
    "end_taken",
    "end_window",
    "facts_sha256",
    "file_claim",
    "finish_activation",
    "meet_deadline",
    "miss",
    "note_overdue",
    "number_blocked",
    "preview",
    "propose",
    "release",
    "report_by_message",
    "report_fault",
    "say_lease_affected",
    "send_back",
    "settle_lease",
    "tell_refunds",
    "void_deadline",
    "warn",
    "withdraw",
]
