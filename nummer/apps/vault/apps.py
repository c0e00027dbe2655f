"""Django's entry for this app."""

from django.apps import AppConfig


class VaultConfig(AppConfig):
    """Names the app for Django."""

    name = "nummer.apps.vault"
    label = "vault"
