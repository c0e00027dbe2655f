"""Top-ups: who paid what by which method; no card data, ever.

A *top-up* is a customer's wish to pay in; the provider shows its own page and tells us by a
signed *callback* what became of it. Only a callback gives credit, never the visit of a page.

Invariants (`queries.audit_lines` proves them):
- a paid top-up has exactly one transfer of its sum, an unpaid one has none;
- a provider's reference belongs to one top-up, a provider's event is taken once;
- no column, form or payload has room for a card number.
Clauses: PP-2.3b, LD-A3.
"""
