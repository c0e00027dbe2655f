"""Django's entry for this app."""

from django.apps import AppConfig


class BankingConfig(AppConfig):
    """Names the app for Django."""

    name = "nummer.apps.banking"
    label = "banking"
