"""The verbs of supply."""

from nummer.apps.supply.actions.accounts import (
    ask_funds,
    connect,
    look_at_accounts,
    set_least_balance,
    set_least_stock,
)
from nummer.apps.supply.actions.comparing import compare
from nummer.apps.supply.actions.hearing import hear_order, receive_callback
from nummer.apps.supply.actions.syncing import start_sync, sync

__all__ = [
    "ask_funds",
    "compare",
    "connect",
    "hear_order",
    "look_at_accounts",
    "receive_callback",
    "set_least_balance",
    "set_least_stock",
    "start_sync",
    "sync",
]
