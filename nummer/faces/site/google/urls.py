"""Addresses of this package; the login library mounts them."""

from allauth.socialaccount.providers.oauth2.urls import default_urlpatterns

from nummer.faces.site.google.provider import Google

urlpatterns = default_urlpatterns(Google)
