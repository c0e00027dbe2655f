"""What happens outside our own doing and decides about money: raw facts, only ever added.

A fact is about a subject: an order of any kind by its id, or the account itself. It says what
happened and when, when we learned of it, from where, from whom, and what proves it. Nothing here
is merged or judged: reports that overlap stay several rows, and `policy.refund` makes them one.

Beside the customers' facts stand what concerns many of them: incidents that the staff publishes
or closures that it orders, each with a scope, and notices of carriers, taken once, signed
(ADR 141). Cases of abuse are facts with the person who decided. A block of a balance has tables
of its own, in which the database itself asks for a reference and two persons (ADR 142).

Invariants:
- A row is never changed and never removed, by the owner of the tables neither.
- A fact is not learned before it happened.
- A carrier's nonce is taken once.
- A balance block has a reference and was proposed by one person and approved by another.

Clauses: RP-B1, RP-B2, RP-C1, RP-C2, RP-X2, RP-X3, RP-X4, RP-P2, RP-P2b.
"""
