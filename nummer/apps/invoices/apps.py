"""Django's entry for this app."""

from django.apps import AppConfig


class InvoicesConfig(AppConfig):
    """Names the app for Django."""

    name = "nummer.apps.invoices"
    label = "invoices"
