"""SMPP links: to carriers as a client, for customers as a server. Rules live below, sockets here.

Everything that remembers is handed in (see `ports`); a message is acknowledged after commit.
"""
