"""Long-running processes, one protocol each."""
