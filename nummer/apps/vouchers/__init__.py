"""Vouchers: a code that somebody bought elsewhere, and that pays in once.

A code is shown when its batch is made and never again: the table holds its keyed digest only. It
becomes an ordinary paid top-up, under the limits of top-ups, and cannot be paid back as money.
Guesses are counted for each account (ADR 163).

Invariant (`queries.audit_lines`): what was redeemed is a paid top-up of the same sum, and no other.

Clauses: RP-CF, LD-U5.
"""
