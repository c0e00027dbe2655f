"""The official mailbox: takes mail by SMTP and LMTP, for us alone, and stores it before it says so.

The moment in which a mail was complete is the moment of its receipt. 250 is said after the commit;
while the database is away the answer is 451, and the other server keeps the mail and comes again.
"""
