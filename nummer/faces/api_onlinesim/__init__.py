"""The onlinesim protocol, so that programs written for it work unchanged.

Every answer is JSON with a response code; docs/develop/onlinesim.md lists them. No tables and no
rules: each verb is one action or query of an app.
"""
