"""Leases: one number, one customer, paid by the month.

Owns the contract about a rented number from the order to its end, its paid periods, and which of
our numbers for rent is whose. Where a lease stands and what may happen to it is the table of
`policy.lease`; every moment of it is a due row.

- A number for rent has one holder, and none before its quarantine is over (ADR 202), unless its
  holder handed it over (ADR 290); what was ported to another provider is nobody's (ADR 291).
- Money is held with the order and taken with the activation; each period is charged once, as a
  transfer with the period's own id (ADR 203, 204).
- What ended before its time stands in facts of `incidents`; `refunds` judges it and pays back.

Clauses: LD-S1, LD-H3, LD-H4, LD-H7, LD-H8, RP-B1, RP-B3.
"""
