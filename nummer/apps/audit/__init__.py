"""An append-only record of who did what to which field, never the value.

Invariant: the application may add lines and read them, nothing else (grants).
Clauses: PP-2.3a, PP-2.5a.
"""
