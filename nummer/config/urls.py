"""All addresses of the one HTTP port."""

from django.urls import include, path

from nummer.config.settings import SANDBOX
from nummer.faces.callbacks.urls import supplier_urls

urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("stubs/", include("nummer.faces.api_activate.urls")),
    path("api/v1/", include("nummer.faces.api.urls")),
    path("twilio/", include("nummer.faces.api_twilio.urls")),
    path("", include("nummer.faces.api_twilio.urls")),
    path("v1/", include("nummer.faces.api_fivesim.urls")),
    path("5sim/v1/", include("nummer.faces.api_fivesim.urls")),
    path("onlinesim/", include("nummer.faces.api_onlinesim.urls")),
    path("", include("nummer.faces.api_onlinesim.urls")),
    path("agent/api/", include("nummer.faces.partners.urls")),
    path("payments/", include("nummer.faces.callbacks.urls")),
    path("suppliers/", include(supplier_urls)),
    path("staff/", include("nummer.faces.backoffice.urls")),
    path("", include("nummer.faces.site.urls")),
]
if SANDBOX:
    urlpatterns.insert(0, path("sandbox/", include("nummer.suppliers.sandbox.urls")))
