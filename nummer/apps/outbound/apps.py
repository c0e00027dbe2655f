"""Django's entry for this app."""

from django.apps import AppConfig


class OutboundConfig(AppConfig):
    """Names the app for Django."""

    name = "nummer.apps.outbound"
    label = "outbound"
