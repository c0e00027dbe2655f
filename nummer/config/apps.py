"""Fills the ports of the apps when Django starts."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Names the package for Django and wires the house together."""

    name = "nummer.config"
    label = "config"
