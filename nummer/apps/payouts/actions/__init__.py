"""The verbs of payouts."""

from nummer.apps.payouts.actions.asking import PayoutWish, Told, ask, complete, give_back
from nummer.apps.payouts.actions.deciding import look_again, refuse, release, take_up
from nummer.apps.payouts.actions.sharing import choose, confirm_transfer, follow_share

__all__ = [
    "PayoutWish",
    "Told",
    "ask",
    "choose",
    "complete",
    "confirm_transfer",
    "follow_share",
    "give_back",
    "look_again",
    "refuse",
    "release",
    "take_up",
]
