"""Django's entry for this app."""

from django.apps import AppConfig


class SupplyConfig(AppConfig):
    """Names the app for Django."""

    name = "nummer.apps.supply"
    label = "supply"
