"""Alerts: what the operator has to know at once, and what processes say of themselves.

Owns when each carrier was last seen bound, when each thing is looked at next, and what was wrong
from when to when. Who looks is filled in by `config` (`ports`): most of it lies at the rim.

- A trouble is an alert once it was there at two looks HOLD apart; told once, again by rule, and
  when it has gone (ADR 423). There is one open alert for a kind and a subject.

Clauses: PP-2.5a.
"""
