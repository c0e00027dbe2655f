"""Stripe: hosted Checkout, refunds, disputes, signed events, by its own library.

The library takes a third of a second and thirty megabytes to load, so only what speaks with
Stripe loads it, at its first word.
"""
