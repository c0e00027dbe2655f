"""Stock, slots and activations: who holds a number, for which service, until when.

A *number* is a phone number of ours. A *slot* is one number for one service: it is sold at most
once, ever, so a number never meets the same service twice. An *activation* is a customer's use
of a slot inside its window. A slot names its holder, so an SMS finds the customer by number in a
small directory table, while the activation lies with the customer's own rows.

`listings` is what is on sale: price and free numbers. `rates` measures how often and how fast codes
came, from activations that ended (ADR 78, ADR 79); `importing` takes numbers in from files.

Invariants (`queries.audit_lines` proves them):
- a slot has a holder exactly when it was claimed; the activation it names exists;
- an activation that is open has an open slot, one that is closed has a released slot;
- an activation that showed a code was never cancelled or expired (RP-N2, RP-B4).
"""
