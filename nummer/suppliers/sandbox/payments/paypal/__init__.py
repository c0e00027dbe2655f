"""The sandbox's PayPal: Orders v2, refunds, disputes and webhooks in its wire form.

`objects` are its orders, captures, refunds and disputes; `api` answers HTTP; `events` signs what
happened. It is written from PayPal's public reference. Where PayPal signs with a certificate, this
one has a secret of its own: nobody but itself checks a signature, as with PayPal's own check.
"""
