"""The sandbox's payment provider: it speaks Stripe's wire form, so Stripe's own library drives it.

`desk` keeps its state in one file that every process shares and that outlives them; `objects` are
its sessions, payments, refunds and disputes; `api` answers HTTP; `events` signs and delivers what
happened, each event three times and in no order. It is written from Stripe's public reference.
"""
