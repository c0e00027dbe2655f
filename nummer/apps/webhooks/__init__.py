"""Calls to customers' servers: whom to call, about what, how it went, and calling again.

Owns: endpoints (of an account, of a lease, of one message), events, their deliveries and each
attempt. An event holds no personal data: a renderer of its dialect reads the subject when it is
sent, so what was redacted or erased meanwhile does not leave any more (ADR 250).

Invariants:
- An event exists exactly with at least one delivery; where nobody listens nothing is written.
- A delivery waits exactly while it has a next moment.
- Every event is delivered at least once or ends as failed; replaying keeps its id.
- One endpoint is called by one job at a time; how slow it is concerns nobody else (ADR 251).

Clauses: PP-2.4, LD-T3.
"""
