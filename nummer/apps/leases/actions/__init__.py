"""The verbs of leases. What gives money back is a verb of `refunds`."""

from nummer.apps.leases.actions.ending import (
    end,
    give_notice,
    keep_fee,
    note_settled,
    take_back_notice,
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
    "Wish",
    "accept_offer",
    "add_numbers_for_rent",
    "close_offer",
    "end",
    "fail_lost",
    "give_notice",
    "go_on_with_papers",
    "keep_fee",
    "locked",
    "look_after_instruction",
    "moment",
    "note_none",
    "note_settled",
    "offer_others",
    "open_offer",
    "overtake_offer",
    "period_id",
    "renew_now",
    "rent",
    "replace_by_hand",
    "replace_offer",
    "save",
    "supply",
    "take_back_notice",
    "take_held",
    "tell_again",
    "tell_supplier",
    "withdraw",
]
