"""Django's entry for this app."""

from django.apps import AppConfig


class VisitsConfig(AppConfig):
    """Names the app for Django."""

    name = "nummer.apps.visits"
    label = "visits"
