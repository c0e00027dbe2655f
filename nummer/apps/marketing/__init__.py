"""Offers to those who agreed to them: segments, campaigns, consents by two steps, a profile.

A segment is a saved query over an allow-list of facts. A campaign is drafted in three languages,
released by a second person and sent in batches, which are due rows: whom a batch writes to is
found at that moment, together with the live consent, and once more when the mail leaves.

Invariants:
- Nobody gets a campaign twice, and nobody without a consent to its purpose (`notify.offers`).
- Who drafted a campaign does not release it (constraint).
- No count of fewer than 10 persons is shown.
- An address that said no is spared, also when it comes back on a list or after its account is
  erased (`agreements.offers`).

Clauses: PP-2.2, PP-2.4, LD-U4, LD-T2, LD-D4.
"""
