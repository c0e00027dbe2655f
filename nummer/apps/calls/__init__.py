"""Calls of rented numbers: allowed with their money held, measured by the engine, settled once.

The engine asks before a call goes on (`actions.allow`), and tells of its answer and its end. What
it tells may be lost, doubled or out of order: the call's row decides, and what was told first
counts. How long may be talked is granted in slices, each with its money held, so parallel calls
never spend the same money; a call that nobody extends is cut by the engine.

Invariants (`queries.audit_lines`): an open call has its money held; an ended one took exactly
what its terms say for its talk, at most what was held; minutes of packages are covered once.

Clauses: LD-S2, LD-H1, LD-H5, RP-X5.
"""
