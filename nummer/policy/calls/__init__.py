"""Calls as pure functions: what talk costs, whom nobody may call, and how a call goes on."""

from nummer.policy.calls.destinations import Barred, Destination, destination_of
from nummer.policy.calls.rating import Charge, Terms, affordable_s, charge
from nummer.policy.calls.states import CallEvent, CallState, next_state

__all__ = [
    "Barred",
    "CallEvent",
    "CallState",
    "Charge",
    "Destination",
    "Terms",
    "affordable_s",
    "charge",
    "destination_of",
    "next_state",
]
