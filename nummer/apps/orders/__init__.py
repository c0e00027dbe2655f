"""The purchase: checks, price, acknowledgements, charge, activation.

An order is written once and never changed but for the note that it was confirmed by mail: what
was ordered, at which price, with which consents and texts, as the customer saw it. How it went
stands in its activation (`numbers`), what was paid back in `refunds`.

A purchase is one call of `orders_place` in SQL, judged by `terms` that the process remembers and
the call looks at again (ADR 74). `by_key` is for programs: their key stands for consents and texts
(K43).

Clauses: RP-P1, RP-N2, RP-X4, PP-5.1, LD-R1.
"""
