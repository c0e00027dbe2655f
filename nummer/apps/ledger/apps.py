"""Django's entry for this app."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """Names the app for Django."""

    name = "nummer.apps.ledger"
    label = "ledger"
