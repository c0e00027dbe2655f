"""Turns a stranger's file into pixels, in a process that can do nothing else (ADR 405)."""
