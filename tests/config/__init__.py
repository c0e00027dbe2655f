"""Tests of what starts, watches and stops an installation."""
