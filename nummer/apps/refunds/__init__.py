"""Gathers facts, asks the policy, books the answer, keeps the reasons.

Every verb that can give money back stands here: cancelling, the end of a window, a number taken
away by its carrier. Each runs in one transaction: the activation is locked, its facts are read,
`policy.refund.decide` answers, and facts, decision and transfer are written together. Who loses a
number to its carrier is owed his answer by a row (ADR 82).

`timeline` tells what happened to an order and which clause decides now; it stores nothing (ADR 77).

Invariants (`queries.audit_lines`): a claim is decided once; a credit has its transfer and never
exceeds what the order cost; an activation that ended without a code was credited, one that
showed a code was not.

Clauses: RP-B2, RP-B3, RP-B4, RP-N2, RP-T2, RULE-DUP, RULE-CAP.
"""
