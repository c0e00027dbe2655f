"""The verbs of money that comes in and goes back by the way it came."""

from nummer.apps.payments.actions.automatic import (
    AutoTopUpWish,
    consent_to_auto_top_up,
    stop_auto_top_up,
    top_up_by_itself,
)
from nummer.apps.payments.actions.card_data import refuse_card_data
from nummer.apps.payments.actions.concluding import conclude
from nummer.apps.payments.actions.disputes import take_what_was_lost
from nummer.apps.payments.actions.lots import lock as lock_lots
from nummer.apps.payments.actions.notices import confirm, receive_callback, take_notice
from nummer.apps.payments.actions.paying_in import (
    StartedTopUp,
    abandon,
    expect_payment,
    return_from_provider,
    start_top_up,
)
from nummer.apps.payments.actions.received import credit_received, lock_awaited
from nummer.apps.payments.actions.reconciling import read_events
from nummer.apps.payments.actions.sending_back import SentBack, refund_top_up, refundable
from nummer.apps.payments.actions.twice import return_begun
from nummer.apps.payments.actions.velocity import trust_payer

__all__ = [
    "AutoTopUpWish",
    "SentBack",
    "StartedTopUp",
    "abandon",
    "conclude",
    "confirm",
    "consent_to_auto_top_up",
    "credit_received",
    "expect_payment",
    "lock_awaited",
    "lock_lots",
    "read_events",
    "receive_callback",
    "refund_top_up",
    "refundable",
    "refuse_card_data",
    "return_begun",
    "return_from_provider",
    "start_top_up",
    "stop_auto_top_up",
    "take_notice",
    "take_what_was_lost",
    "top_up_by_itself",
    "trust_payer",
]
