"""Django's entry for this app."""

from django.apps import AppConfig


class MessagingConfig(AppConfig):
    """Names the app for Django."""

    name = "nummer.apps.messaging"
    label = "messaging"
