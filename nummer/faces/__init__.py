"""What people and programs see over HTTP; no tables, no rules."""
