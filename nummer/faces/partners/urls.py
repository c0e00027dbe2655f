"""Addresses of this package."""

from django.urls import path

from nummer.faces.partners.views import take

urlpatterns = [path("sms", take, name="partner-push")]
