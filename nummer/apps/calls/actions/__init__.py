"""The verbs of calls."""

from nummer.apps.calls.actions.allowing import Allowed, Wish, allow
from nummer.apps.calls.actions.ending import answered, gone, over
from nummer.apps.calls.actions.extending import extend

__all__ = ["Allowed", "Wish", "allow", "answered", "extend", "gone", "over"]
