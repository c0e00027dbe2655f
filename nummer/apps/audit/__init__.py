"""An append-only record of who did what to which field, never the value."""
