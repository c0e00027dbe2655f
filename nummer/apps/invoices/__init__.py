"""Invoices, credit notes, evidence of tax, and the accounts that the operator keeps.

A top-up is not taxed; tax arises with each sale (ADR 41). Once a month each account gets one
*invoice* of its sales and one *credit note* of what came back, both read from the ledger, which
alone says what was sold. What was written stays: a PDF is set from it whenever somebody asks.

Which sales a document covers is a cut through the wallet's journal, not a mark on each sale
(ADR 122): all operations up to a line and before a moment that no earlier document covered.

Invariants (`queries.audit_lines` proves them):
- the numbers of a kind and a year have no gap and no double;
- a document is the sum of its lines, and that of the sales or refunds it covers in the ledger;
- no sale stays without an invoice once its month is closed;
- no refund brings back more tax than its sale was charged.
Clauses: LD-H5.
"""
