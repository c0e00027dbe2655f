"""What goes wrong with letters, which is a mistake of ours, and what is asked for too often."""

from __future__ import annotations

from typing import ClassVar

from nummer.kernel.errors import Refusal
from nummer.kernel.locale import gettext_noop


class LetterIncomplete(AssertionError):  # noqa: N818 -- a mistake of ours, said as one
    """There is no such letter, or its content lacks a word that its text names."""


class TooManySummaries(Refusal):
    """Too many summaries of contracts; `retry_after_s` says when there is room again."""

    code: ClassVar[str] = "too_many_summaries"
    sentence: ClassVar[str] = gettext_noop("Too many calls. Please wait %(retry_after_s)s seconds.")
