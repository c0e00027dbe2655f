"""Django's entry for this app."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """Names the app for Django."""

    name = "nummer.apps.audit"
    label = "audit"
