"""Limits, block lists and suspensions of services; never of a balance.

Counts for itself, since it stands below orders: `count_order` when an order was placed,
`count_outcome` when its activation ended. An order is open between the two.

Invariants:
- Two orders of one account are checked one after the other (the tally's row is locked).
- A suspension names its reason, and stops services, never the balance (RP-P2).

Clauses: PP-5.2a, PP-5.2b, LD-U3, LD-H2.
"""
