"""Django's entry for this app."""

from django.apps import AppConfig


class NumbersConfig(AppConfig):
    """Names the app for Django."""

    name = "nummer.apps.numbers"
    label = "numbers"
