"""PayPal: Orders v2 with its page, capture, refunds, disputes and verified webhooks, by httpx.

A webhook is a doorbell: its signature covers no more than a CRC32 of what it says, so once it is
verified, what happened is read anew from PayPal with our own key (ADR 171).
"""
