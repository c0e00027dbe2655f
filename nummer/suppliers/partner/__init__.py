"""Asks the servers of partners, by the protocol of `protocols.partner`."""
