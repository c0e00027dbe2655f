"""Our own programming interface, version 1: JSON over HTTP, described by its OpenAPI document.

Plain views: one call is one action or query of an app. No tables and no rules.
"""
