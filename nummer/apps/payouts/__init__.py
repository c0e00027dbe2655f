"""Money that leaves the balance to its owner: asked for, decided, sent share by share.

A request comes by page, or is written down by the staff for a mail or a call. The policy decides
on the facts (`facts`), what is missing is asked for once, and what is payable is held in the
wallet from the first moment. Each share goes back to its own top-up through payments; where a
method cannot take money back, the customer chooses another way (ADR 160). Above a limit of the
operator two persons release it. No account number is taken or kept here (PP-2.3b, ADR 161).

Invariants (`queries.audit_lines`): what a request shares out is what was decided; what has gone
was booked once, what is still open is held.

Clauses: RP-C0, RP-CF, RP-T1, RP-T3, RP-T4, RULE-CAP, RULE-CB, PP-2.3b.
"""
