"""People and companies with a login, verified contacts, API keys, login activity."""
