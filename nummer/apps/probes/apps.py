"""Django's entry for this app."""

from django.apps import AppConfig


class ProbesConfig(AppConfig):
    """Names the app for Django."""

    name = "nummer.apps.probes"
    label = "probes"
