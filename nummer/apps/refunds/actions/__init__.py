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
from nummer.apps.refunds.actions.lease_calls import Call, cancel_by_phone, preview_call
from nummer.apps.refunds.actions.lease_payouts import (
    ask_lease_payout,
    lease_payout,
    payable_for_lease,
)
from nummer.apps.refunds.actions.leases import cancel_lease, end_lease, settle_lease
from nummer.apps.refunds.actions.letters import tell_refunds
from nummer.apps.refunds.actions.lost_numbers import (
    Block,
    accept_other,
    block_lease,
    decline_other,
    end_offer,
    replace_by_hand,
    search_for_lease,
)
from nummer.apps.refunds.actions.outages import credit_outages
from nummer.apps.refunds.actions.people import propose, release, send_back
from nummer.apps.refunds.actions.port_outs import (
    ask_port_out,
    mark_ported,
    refuse_port_out,
    withdraw_port_out,
)
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
    "Block",
    "Call",
    "Decided",
    "Declaration",
    "Ended",
    "Termination",
    "When",
    "accept_other",
    "answer_claim",
    "ask_lease_payout",
    "ask_port_out",
    "block_lease",
    "cancel_activation",
    "cancel_by_phone",
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
    "decline_other",
    "end_lease",
    "end_offer",
    "end_taken",
    "end_window",
    "facts_sha256",
    "file_claim",
    "finish_activation",
    "lease_payout",
    "mark_ported",
    "meet_deadline",
    "miss",
    "note_overdue",
    "number_blocked",
    "payable_for_lease",
    "preview",
    "preview_call",
    "propose",
    "refuse_port_out",
    "release",
    "replace_by_hand",
    "report_by_message",
    "report_fault",
    "say_lease_affected",
    "search_for_lease",
    "send_back",
    "settle_lease",
    "tell_refunds",
    "void_deadline",
    "warn",
    "withdraw",
    "withdraw_port_out",
]
