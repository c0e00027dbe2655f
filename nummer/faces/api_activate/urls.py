"""Addresses of this package."""

from django.urls import path

from nummer.faces.api_activate.views import answer

urlpatterns = [path("handler_api.php", answer, name="activate")]
