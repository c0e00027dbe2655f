"""The sms-activate protocol in both its forms, so that resellers' programs work unchanged.

Answers are texts and JSON with the types that the known clients need; docs/develop/activate.md
lists them. No tables and no rules: each action here is one action or query of an app.
"""
