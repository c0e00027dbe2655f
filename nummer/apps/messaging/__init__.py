"""SMS in and out: what arrived, whose it was, which code it held; what we sent.

A message is stored, sealed, before its carrier is told that we have it. It belongs to an
activation whose window is open at that moment, or to nobody, as whatever a blocked sender writes;
then only the operator keeps it, no customer ever sees it. What partners push goes the same way.

An SMS of a rented number belongs to the lease that had the number when it came (ADR 210). Its
holder reads it as a conversation with its other side, and may have it sent on (ADR 211).

Invariants (`queries.audit_lines`): an activation that says it showed a code has a message with a
code; a message shown to a customer lies in his account; an outgoing text leaves at most once
unless its first try is known to have failed.

Messages are deleted 30 days after they came (`actions.purge`); from then on their activation says
alone that there was a code.

Clauses: RP-B4, RP-N2a, PP-2.6, K22, K23, LD-S3, LD-H7.
"""
