"""Addresses of this package."""

from django.urls import path

from nummer.suppliers.sandbox import page
from nummer.suppliers.sandbox.bank_pages import bank_urls
from nummer.suppliers.sandbox.google.pages import google_urls
from nummer.suppliers.sandbox.payment_pages import payment_urls
from nummer.suppliers.sandbox.wallet_pages import wallet_urls

urlpatterns = [
    path("", page.page, name="sandbox"),
    path("news", page.news, name="sandbox-news"),
    *payment_urls,
    *wallet_urls,
    *bank_urls,
    *google_urls,
]
