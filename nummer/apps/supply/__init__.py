"""Supply: what the wholesalers of numbers have, what they cost us, and whether all is as it should.

Owns what wholesalers offer and how it changed, how much of ours is left to spend at them, from
which stock on the operator wants to know, and every difference between what a wholesaler counts
as ours and what our leases say.

- Nothing here ever sets a price of ours: a difference is shown, and staff decide (ADR 272).
- Every look at a wholesaler is a job in his own lane; its cause is a due row (ADR 271).

Clauses: RP-C1.
"""
