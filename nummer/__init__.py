"""Nummer: a self-hosted platform for an operator of virtual phone numbers."""
