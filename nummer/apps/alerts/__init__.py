"""Alerts: what the operator has to know at once, and what processes say of themselves.

Owns when each carrier was last seen bound. Every process may ask; only the gateway knows.

Clauses: PP-2.5a.
"""
