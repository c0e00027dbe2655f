"""Whom we buy from and who pays us; sandbox/ always works."""
