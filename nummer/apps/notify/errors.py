"""What goes wrong with letters: always a mistake of ours."""

from __future__ import annotations


class LetterIncomplete(AssertionError):  # noqa: N818 -- a mistake of ours, said as one
    """There is no such letter, or its content lacks a word that its text names."""
