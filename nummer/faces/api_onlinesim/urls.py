"""Addresses of this package, at the root and, under a name of their own, below /onlinesim/."""

from django.urls import re_path

from nummer.faces.api_onlinesim.views import OPEN_VERBS, VERBS, answer

_KNOWN = "|".join((*VERBS, *OPEN_VERBS))

urlpatterns = [
    re_path(r"^api/(?P<verb>[^.]{0,80})\.php\Z", answer),
    re_path(rf"^api/(?P<verb>{_KNOWN})/?\Z", answer),  # some clients leave the ending out
    re_path(r"^api(?P<verb>getService)\.php\Z", answer),  # onlinesimru leaves out the slash
]
