"""The one gate for data that leaves: recipient, purpose, allowed fields.

`clear` hands out `Cleared`, which is the only thing a supplier's port accepts. What no entry of
`register` allows does not leave. Each passage is a line that only grows and holds names of
fields, never values; the customer can see who got what, and when (LD-T4).
Clauses: PP-2.4, LD-T3, LD-T4.
"""
