"""Vouchers: a code that somebody bought elsewhere, and that pays in once.

A code is shown when its batch is made and never again: the table holds its keyed digest only. It
becomes an ordinary paid top-up, under the limits of top-ups. Nothing goes back to the code; where
the refund policy lets its money leave the balance, the customer chooses another way, a bank
transfer included (RP-CF). So codes are money: what one person makes alone within a day is bounded,
and a batch above it waits for a second person. Guesses are counted for each account (ADR 163).

Invariant (`queries.audit_lines`): what was redeemed is a paid top-up of the same sum, and no other.

Clauses: RP-CF, LD-U5.
"""
