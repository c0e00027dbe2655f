"""Where partners bring the SMS of their numbers: one address, JSON in a few words (ADR 91)."""
