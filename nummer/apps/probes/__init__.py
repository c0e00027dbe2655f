"""Probes: texts of our own that prove whether a route works, and how much of the time it did.

Owns which routes are probed, every probe with its times, the spells in which a route's probes
failed in a row, and the uptime that is told to customers and to everybody.

Invariants:
- Of a plan one probe is under way at most.
- No more probes start in 24 hours, and for no more money, than the rules say.
- A probe is the operator's: no account of a customer appears in these tables, no wallet pays.
- A spell is about one plan, and a plan has one open spell at most.
- What nobody could judge, since the program itself was away, is held against no route.
"""
