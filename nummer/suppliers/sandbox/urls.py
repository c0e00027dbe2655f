"""Addresses of this package."""

from django.urls import path

from nummer.suppliers.sandbox import page

urlpatterns = [
    path("", page.page, name="sandbox"),
    path("news", page.news, name="sandbox-news"),
]
