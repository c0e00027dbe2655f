"""Accounts of money, transfers, holds, lots; nothing else moves money."""
