"""How banks speak: references that a payment carries, and statements of accounts (camt.053)."""
