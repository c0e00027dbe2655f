"""The sandbox's BTCPay Server: invoices and signed webhooks as its Greenfield interface has them.

`objects` are its invoices, `api` answers HTTP, `events` signs what happened. It is written from
BTCPay's public reference; no coins move.
"""
