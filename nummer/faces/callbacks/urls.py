"""Addresses of this package."""

from django.urls import path

from nummer.faces.callbacks import suppliers
from nummer.faces.callbacks.views import take

urlpatterns = [path("callback/<slug:provider>/", take, name="payment-callback")]
supplier_urls = [path("callback/<slug:supplier>/", suppliers.take, name="supplier-callback")]
