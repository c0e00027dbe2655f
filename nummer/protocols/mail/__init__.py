"""Mails as they arrive: read into plain words, whatever they hold, without sockets.

Nothing here raises because of what a mail holds, takes more than time linear in its size, opens
an attachment or believes a sender. Every text that leaves is free of card numbers and IBANs.
Sources: RFC 5322 (form), RFC 2045 to 2047 (MIME), RFC 3834 (automatic mails), RFC 6376 (DKIM).
"""
