"""What a marketing program of somebody else would have to be; none is in force (LD-T2, PP-2.4)."""

from __future__ import annotations

from typing import Protocol

from nummer.apps.outbound.actions import Cleared


class MarketingTool(Protocol):
    """A program that writes to those who agreed, for the operator.

    It gets addresses of live consents alone, through the gate for data that leaves: without an
    entry in its register nothing is cleared, and there is none. A withdrawal is told to it.
    """

    code: str

    def keep(self, cleared: Cleared) -> None:
        """Take an address that agreed. Raises Unavailable."""

    def forget(self, cleared: Cleared) -> None:
        """Delete an address whose consent ended. Raises Unavailable."""


_installed: list[MarketingTool] = []


def install_tool(tool: MarketingTool | None) -> None:
    """Put a tool into force, or none."""
    _installed[:] = [] if tool is None else [tool]


def installed_tool() -> MarketingTool | None:
    """Return the tool in force; none is the default."""
    return _installed[0] if _installed else None
