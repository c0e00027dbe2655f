"""Gathers facts, asks the policy, books the answer, keeps the reasons."""
