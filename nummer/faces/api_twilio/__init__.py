"""The Twilio REST protocol, so that programs written for it work unchanged.

JSON with the fields that its libraries read, refusals with its numbers; docs/develop/twilio.md
lists them. No tables and no rules: each address is one action or query.
"""
