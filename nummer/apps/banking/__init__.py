"""Money that moves through the operator's own accounts at banks.

A *reference* is a word that we give out once, for a top-up that comes or a transfer that goes. An
*entry* is one movement of a statement. What fits its reference is credited by payments; whatever
does not is in *suspense* until the staff say what it is.

Invariants (`queries.audit_lines` proves them):
- an entry of a bank is one row, however often its statement is read;
- a credited entry has exactly one paid top-up of its sum, any other has none;
- a transfer that went out is confirmed by one entry at most;
- what two persons have to decide bears two names.
No name and no account number of a payer is in any table, and no text that he wrote.
Clauses: PP-2.3b.
"""
