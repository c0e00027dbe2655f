"""Why customers end a rented number: what the page asks, and nobody needs to answer."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

REASONS: Final[Mapping[str, str | Promise]] = MappingProxyType(
    {
        "not_needed": _("I no longer need it."),
        "price": _("It is too expensive."),
        "faults": _("It does not work well enough."),
        "refused": _("Services do not accept the number."),
        "other": _("Another reason."),
    }
)
