"""What every page's template may name."""

from django.http import HttpRequest


def page(request: HttpRequest) -> dict[str, object]:
    """Return what the frame around every page shows."""
    return {}
