"""BTCPay Server: invoices paid in bitcoin, by its Greenfield interface, through httpx.

Its webhooks are signed (HMAC-SHA256) and name an invoice; how that stands is read anew. Money
cannot go back the way it came: a coin has no way back to its payer that he proved to be his.
"""
