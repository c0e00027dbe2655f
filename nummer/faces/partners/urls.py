"""Addresses of this package."""

from django.urls import path

from nummer.faces.partners import notices, portal, views

urlpatterns = [
    path("sms", views.take, name="partner-push"),
    path("notices", notices.take, name="carrier-notice"),
    path("carrier/numbers", portal.own_numbers, name="carrier-numbers"),
    path("carrier/notices", portal.own_notices, name="carrier-notices"),
]
