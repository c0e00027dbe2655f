"""Django's entry for this app."""

from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    """Names the app for Django."""

    name = "nummer.apps.webhooks"
    label = "webhooks"
