"""Calls customers' servers over HTTP, and reaches nothing but those."""
