"""Django's entry for this app."""

from django.apps import AppConfig


class MarketingConfig(AppConfig):
    """Names the app for Django."""

    name = "nummer.apps.marketing"
    label = "marketing"
