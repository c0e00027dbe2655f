"""Addresses of this package."""

from django.urls import path

from nummer.faces.callbacks.views import take

urlpatterns = [path("callback/<slug:provider>/", take, name="payment-callback")]
