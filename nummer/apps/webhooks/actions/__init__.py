"""The verbs of webhooks."""

from nummer.apps.webhooks.actions.announcing import (
    News,
    announce,
    announce_many,
    announce_to,
    follow,
)
from nummer.apps.webhooks.actions.delivering import deliver, start
from nummer.apps.webhooks.actions.endpoints import (
    change_endpoint,
    create_endpoint,
    remove_endpoint,
    rotate_secret,
    send_test,
    switch,
)
from nummer.apps.webhooks.actions.hooks import rotate_hook_secret, set_lease_hook
from nummer.apps.webhooks.actions.removing import purge
from nummer.apps.webhooks.actions.replaying import replay, replay_failed

__all__ = [
    "News",
    "announce",
    "announce_many",
    "announce_to",
    "change_endpoint",
    "create_endpoint",
    "deliver",
    "follow",
    "purge",
    "remove_endpoint",
    "replay",
    "replay_failed",
    "rotate_hook_secret",
    "rotate_secret",
    "send_test",
    "set_lease_hook",
    "start",
    "switch",
]
