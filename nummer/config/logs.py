"""Log lines of all processes."""


def configure(settings: object) -> None:
    """Set logging up; called by Django."""
