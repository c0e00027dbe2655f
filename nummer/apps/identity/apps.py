"""Django's entry for this app."""

from django.apps import AppConfig


class IdentityConfig(AppConfig):
    """Names the app for Django."""

    name = "nummer.apps.identity"
    label = "identity"
