"""The verbs of leases. What gives money back is a verb of `refunds`."""

from nummer.apps.leases.actions.ending import (
    end,
    give_notice,
    keep_fee,
    note_settled,
    note_why,
    take_back_notice,
)
from nummer.apps.leases.actions.handing_over import (
    Agreed,
    accept,
    decline,
    hand_over,
    handover_moment,
    offer,
    quote_for,
    withdraw_handover,
)
from nummer.apps.leases.actions.porting import (
    ask_port_out,
    note_ported,
    refuse_port_out,
    set_port_out,
    show_port_code,
    withdraw_port_out,
)
from nummer.apps.leases.actions.renewing import moment, renew_now
from nummer.apps.leases.actions.renting import Wish, period_id, rent
from nummer.apps.leases.actions.replacing import (
    accept_offer,
    close_offer,
    note_none,
    offer_others,
    open_offer,
    overtake_offer,
    replace_by_hand,
    withdraw,
)
from nummer.apps.leases.actions.rows import locked, save
from nummer.apps.leases.actions.stock import add_numbers_for_rent, replace_offer
from nummer.apps.leases.actions.supplying import fail_lost, go_on_with_papers, supply, take_held
from nummer.apps.leases.actions.telling import look_after_instruction, tell_again, tell_supplier

__all__ = [
    "Agreed",
    "Wish",
    "accept",
    "accept_offer",
    "add_numbers_for_rent",
    "ask_port_out",
    "close_offer",
    "decline",
    "end",
    "fail_lost",
    "give_notice",
    "go_on_with_papers",
    "hand_over",
    "handover_moment",
    "keep_fee",
    "locked",
    "look_after_instruction",
    "moment",
    "note_none",
    "note_ported",
    "note_settled",
    "note_why",
    "offer",
    "offer_others",
    "open_offer",
    "overtake_offer",
    "period_id",
    "quote_for",
    "refuse_port_out",
    "renew_now",
    "rent",
    "replace_by_hand",
    "replace_offer",
    "save",
    "set_port_out",
    "show_port_code",
    "supply",
    "take_back_notice",
    "take_held",
    "tell_again",
    "tell_supplier",
    "withdraw",
    "withdraw_handover",
    "withdraw_port_out",
]
