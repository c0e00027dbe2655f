"""What search engines read: languages of a page, its structured prices, sitemap and robots."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.conf import settings

from nummer.kernel.locale import LANGUAGES
from nummer.kernel.money import Money

# What would end the element or begin markup inside of it, written as JSON may write it.
_INERT: Final = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}


@dataclass(frozen=True, slots=True)
class Alternate:
    """The same page in one language."""

    language: str
    url: str


def alternates(path: str) -> list[Alternate]:
    """Return the addresses of a page in every language."""
    return [Alternate(language, f"{settings.SITE_URL}/{language}{path}") for language in LANGUAGES]


def structured(name: str, *, url: str, offers: Sequence[tuple[str, Money, bool]]) -> str:
    """Return a product with its offers as JSON-LD: (name, price with tax, in stock) each.

    It stands in a data block, which browsers never run: the content security policy, which
    allows scripts by their nonce only, does not speak about it and stays as strict as it is.
    """
    content = {
        "@context": "https://schema.org",
        "@type": "Product",
        "name": name,
        "url": url,
        "offers": [
            {
                "@type": "Offer",
                "name": kind,
                "price": price.decimal_text(),
                "priceCurrency": price.currency,
                "availability": f"https://schema.org/{'InStock' if free else 'OutOfStock'}",
                "priceSpecification": {
                    "@type": "UnitPriceSpecification",
                    "price": price.decimal_text(),
                    "priceCurrency": price.currency,
                    "valueAddedTaxIncluded": True,
                    "billingDuration": "P1M",
                },
            }
            for kind, price, free in offers
        ],
    }
    return json.dumps(content, ensure_ascii=False).translate(_INERT)
