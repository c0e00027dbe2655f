"""Addresses of this package."""

from django.urls import path

from nummer.faces.partners import notices, views

urlpatterns = [
    path("sms", views.take, name="partner-push"),
    path("notices", notices.take, name="carrier-notice"),
]
