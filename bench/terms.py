"""Installs texts, services and prices with their own verbs and prints what an order says of them.

`python -m bench.terms SERVICE …` in the environment of an installation; JSON by service.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from nummer.config.env import use_settings


def main(services: list[str]) -> None:
    """Install, switch on, and print."""
    use_settings()
    import django  # noqa: PLC0415 -- settings come first

    django.setup()
    from nummer.apps.agreements import actions as agreements  # noqa: PLC0415 -- after setup
    from nummer.apps.catalogue import actions as catalogue  # noqa: PLC0415 -- after setup
    from nummer.kernel import clock  # noqa: PLC0415 -- after setup

    now = clock.now()
    catalogue.install_services(now=now)
    agreements.install_documents(now=now)
    for service in services:
        catalogue.switch_service(service, enabled=True, actor="staff:0", now=now)
    json.dump({service: _terms(service) for service in services}, sys.stdout)


def _terms(service: str) -> dict[str, Any]:
    from nummer.apps.agreements import queries as agreements  # noqa: PLC0415 -- after setup
    from nummer.apps.catalogue import queries as catalogue  # noqa: PLC0415 -- after setup
    from nummer.apps.catalogue.models import NoticeKind  # noqa: PLC0415 -- after setup
    from nummer.apps.orders.actions import ACKNOWLEDGED_DOCUMENTS  # noqa: PLC0415 -- after setup
    from nummer.apps.standing.actions import USUAL_IN_SQL  # noqa: PLC0415 -- after setup
    from nummer.kernel import clock  # noqa: PLC0415 -- after setup

    now = clock.now()
    offer = catalogue.offer(
        service=service,
        country="NO",
        currency="EUR",
        customer_country="NO",
        customer_kind="person",
        now=now,
    )
    texts = agreements.versions_in_force(languages=["en"], now=now)
    notices = catalogue.notices(service, kind=NoticeKind.RESTRICTION, language="en")
    return {
        "buyer": "en:EUR:NO:person",
        "texts_stamp": agreements.stamp(now=now),
        "notices_stamp": catalogue.notices_stamp(),
        "price_id": str(offer.quote.price_id),
        "net": offer.quote.net.micro,
        "tax": offer.quote.tax.micro,
        "rate_bp": offer.quote.tax_rate_bp,
        "window_s": offer.window_s,
        "usual": USUAL_IN_SQL,
        "texts": json.dumps(
            [
                {
                    "document": text.document,
                    "version": text.version,
                    "language": text.language,
                    "sha256": text.sha256,
                }
                for text in texts
                if text.document in ACKNOWLEDGED_DOCUMENTS
            ]
        ),
        "documents": json.dumps(
            [
                {"document": text.document, "version": text.version, "sha256": text.sha256}
                for text in texts
            ]
        ),
        "listing": json.dumps(
            {
                "price_id": str(offer.quote.price_id),
                "restrictions": [{"code": row.code, "version": row.version} for row in notices],
            }
        ),
    }


if __name__ == "__main__":
    main(sys.argv[1:])
