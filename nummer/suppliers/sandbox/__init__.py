"""Simulated carrier, payment provider and mail box that speak the real protocols on loopback."""
