"""Reads of calls, and the proofs of this app."""

from nummer.apps.calls.queries.calls import CallRow, call, calls_of, due, going_on
from nummer.apps.calls.queries.proofs import audit_lines

__all__ = ["CallRow", "audit_lines", "call", "calls_of", "due", "going_on"]
