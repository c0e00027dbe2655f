"""The 5sim protocol, so that programs written for it work unchanged.

JSON with the types that its clients need, refusals as plain text with a status;
docs/develop/fivesim.md lists them. No tables and no rules: each address is one action or query.
"""
