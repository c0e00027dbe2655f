"""Django's entry for this app."""

from django.apps import AppConfig


class NotifyConfig(AppConfig):
    """Names the app for Django."""

    name = "nummer.apps.notify"
    label = "notify"
