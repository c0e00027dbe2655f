"""Signing in with Google: who somebody is, and nothing else (LD-A2, ADR 400)."""
