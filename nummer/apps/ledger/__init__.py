"""Accounts of money, transfers, holds, lots; nothing else moves money.

A *wallet* is a customer's prepaid money in one currency. A *transfer* is one balanced double
entry between a wallet and one of the operator's *books*. A *hold* sets money aside for something
that has begun, an *earmark* for something that will come. A *lot* is one payment in, as far as
it is not yet spent. Tables and verbs are SQL functions in the schema `ledger`
(docs/develop/ledger.md); `actions` and `queries` are their only callers in Python.

Invariants (`queries.audit_lines` proves them):
- a wallet is the sum of its transfers, `held` the sum of its open holds, `earmarked` of its
  earmarks; none is negative, and holds and earmarks are covered by the balance;
- a transfer is never changed or removed, by anyone; the same key books once;
- promo money is spent first and never paid out; a refund is never more than what was paid.
"""
