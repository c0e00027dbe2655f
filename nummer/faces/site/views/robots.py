"""What search engines may read: a map of the public pages in every language, and what is not."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from nummer.apps.catalogue import cities
from nummer.apps.catalogue import queries as catalogue
from nummer.apps.catalogue.leasing import lease_quotes
from nummer.faces.site.indexing import alternates
from nummer.kernel import clock

CLOSED: Final = (
    "/account",
    "/accounts/",
    "/api/",
    "/balance/",
    "/cases/",
    "/end-contract/",
    "/keys/",
    "/my-numbers/",
    "/orders/",
    "/payouts/",
    "/rent/",
    "/sandbox/",
    "/staff/",
    "/withdraw/",
)
PAGES_MAX: Final = 10_000  # a map may name 50,000 addresses; each page has one for each language


@require_safe
def sitemap(request: HttpRequest) -> HttpResponse:
    """Name every page of the catalogue: countries and cities by language, services once."""
    offered = {
        quote.country
        for quote in lease_quotes(currency="EUR", customer_country="", now=clock.now())
    }
    paths = [reverse("site:numbers")]
    paths += [reverse("site:numbers-country", args=[code.lower()]) for code in sorted(offered)]
    paths += [
        reverse("site:numbers-city", args=[row.country.lower(), row.code])
        for row in cities.cities()
        if row.country in offered
    ]
    single = [reverse("site:services"), reverse("site:status"), reverse("site:documents")]
    single += [
        reverse("site:service", args=[row.code]) for row in catalogue.services(enabled_only=True)
    ]
    context = {
        "pages": [alternates(path) for path in paths[:PAGES_MAX]],
        "single": [f"{settings.SITE_URL}{path}" for path in single],
    }
    return render(request, "site/sitemap.xml", context, content_type="application/xml")


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Keep programs that read pages out of what is nobody's but the customer's."""
    del request
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in CLOSED), ""]
    lines += [f"Sitemap: {settings.SITE_URL}{reverse('site:sitemap')}", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")
