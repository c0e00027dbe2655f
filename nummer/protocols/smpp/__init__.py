"""SMPP 3.4 without sockets and without a clock: bytes in, events out."""
