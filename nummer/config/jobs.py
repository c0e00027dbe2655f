"""Binds the names of jobs to what does them."""

from procrastinate import App


def register(app: App) -> None:
    """Register every app's jobs; called by procrastinate when Django is ready."""
