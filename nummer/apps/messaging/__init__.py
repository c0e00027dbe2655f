"""SMS in and out, codes, delivery reports."""
