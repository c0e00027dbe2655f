"""What was promised: clauses as pure functions over facts; no Django, no clock, no I/O."""
