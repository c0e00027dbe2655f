"""What the vault refuses, and what must never happen."""

from __future__ import annotations

from typing import ClassVar

from nummer.kernel.errors import Refusal
from nummer.kernel.locale import gettext_noop


class KeyDestroyed(Refusal):
    """The key was destroyed, and with it what it sealed."""

    code: ClassVar[str] = "key_destroyed"
    sentence: ClassVar[str] = gettext_noop("These data have been erased and cannot be read again.")


class SealBroken(Exception):  # noqa: N818 -- a state of the data, said as one
    """A sealed value does not belong where it stands, or its key is missing: never expected.

    The text names neither the value nor the person.
    """
