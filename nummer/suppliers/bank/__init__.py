"""The operator's own bank, as a payment provider that tells nothing but by its statements."""
