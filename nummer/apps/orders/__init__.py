"""The purchase: checks, price, acknowledgements, charge, activation."""
