"""Limits, block lists and suspensions of services; never of a balance."""
