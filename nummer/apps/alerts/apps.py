"""Django's entry for this app."""

from django.apps import AppConfig


class AlertsConfig(AppConfig):
    """Names the app for Django."""

    name = "nummer.apps.alerts"
    label = "alerts"
