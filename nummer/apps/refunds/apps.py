"""Django's entry for this app."""

from django.apps import AppConfig


class RefundsConfig(AppConfig):
    """Names the app for Django."""

    name = "nummer.apps.refunds"
    label = "refunds"
