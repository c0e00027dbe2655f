"""Django's entry for this app."""

from django.apps import AppConfig


class CallsConfig(AppConfig):
    """Names the app for Django."""

    name = "nummer.apps.calls"
    label = "calls"
