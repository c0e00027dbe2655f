"""Django's entry for this app."""

from django.apps import AppConfig


class StandingConfig(AppConfig):
    """Names the app for Django."""

    name = "nummer.apps.standing"
    label = "standing"
