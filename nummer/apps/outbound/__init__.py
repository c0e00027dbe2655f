"""The one gate for data that leaves: recipient, purpose, allowed fields."""
