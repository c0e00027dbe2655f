"""What the gate says no to: always a mistake of ours, so it is loud."""

from __future__ import annotations


class NotCleared(AssertionError):  # noqa: N818 -- a mistake of ours, said as one
    """No entry of the register lets these fields go to this recipient for this purpose."""
