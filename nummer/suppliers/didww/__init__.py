"""DIDWW: numbers of many countries, bought for one lease each, by its own library (ADR 270).

The library loads requests and cryptography, so only what speaks with DIDWW loads it, at its first
word. What it lacks stands in `transport`: limits of time, of size and of calls a second.
"""
