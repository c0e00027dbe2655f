"""Letters to customers in their language.

A letter is a row with a sealed content and a job that sends it, written in the transaction of
its cause: no cause without its letter, no letter without its cause. A letter whose job was lost
is found again as a due row.

Invariants:
- The same key sends one letter. A mail may reach the server twice when we are killed between
  sending and writing it down; both copies have the same Message-ID.
- What only its reader may know (codes, links) is deleted here once it was sent.
- Each mail has a return path of its own, signed; only what comes back by it says what became of the
  mail (ADR 415). A marked address gets no letter: it stands on the page of letters.

Clauses: PP-2.2, PP-L, RP-P1, LD-H8.
"""
