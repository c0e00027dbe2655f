"""Django's entry for this app."""

from django.apps import AppConfig


class IncidentsConfig(AppConfig):
    """Names the app for Django."""

    name = "nummer.apps.incidents"
    label = "incidents"
