"""Top-ups: who paid what by which method; no card data, ever."""
