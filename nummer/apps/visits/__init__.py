"""Visits: how often pages were read on a day, and for how long together.

Owns sums of a day and a kind of page, and nothing about who read it: no address, no session, no
account, not even for a moment on the disk (ADR 421).

- A count is kept in the memory of the process and written with all others of some seconds in one
  statement; no page waits for it, and a process that is killed loses those seconds.

Clauses: PP-3.1b, LD-D5.
"""
