"""Keys, sealed fields and blind indexes; knows account ids, not accounts."""
