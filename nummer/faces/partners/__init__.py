"""Where partners bring the SMS of their numbers, and carriers their notices (ADR 91, ADR 141)."""
