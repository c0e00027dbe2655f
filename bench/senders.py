"""Customers with a rented number, money and a token, and rates: what sending an SMS needs.

`python -m bench.senders` in the environment of an installation. Rates are written by their own
verbs. Customers and their leases are filled in by SQL, as rents that began yesterday: thousands
made by sign-up and by a supplier would take longer than the benchmark.
"""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta
from typing import Any, Final

from bench.cluster import Cluster
from bench.web import environment
from nummer.config.env import use_settings

CUSTOMERS: Final = 200
FIRST: Final = 3_000_000  # the account before the first
PREFIX: Final = "47"
TO: Final = "+4791234567"
_A_DAY: Final = timedelta(days=1)


def account_of(place: int) -> int:
    """Return the account of the customer at a place, from 0."""
    return FIRST + 1 + place


def token_of(place: int) -> str:
    """Return the token of the customer at a place."""
    return f"bench{place:027d}"


def number_of(place: int) -> str:
    """Return the number that the customer at a place rents."""
    return f"+4759{place:06d}"


def open_world(cluster: Cluster) -> dict[str, Any]:
    """Make it all; return what a text says in SQL: its rate, price, routes and limits."""
    installed = subprocess.run(
        [sys.executable, "-m", "bench.senders"],
        env=environment(cluster),
        stdout=subprocess.PIPE,
        check=True,
    )
    said: dict[str, Any] = json.loads(installed.stdout)
    with cluster.connect() as link:
        for statement in _STATEMENTS:
            link.execute(statement, {"first": FIRST + 1, "last": FIRST + CUSTOMERS})
        link.execute("VACUUM ANALYZE")
    return said


_NOW: Final = "transaction_timestamp()"
_THEN: Final = "transaction_timestamp() - interval '1 day'"
_END: Final = "transaction_timestamp() + interval '29 days'"
_ACCOUNTS: Final = "FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS a"
_ID: Final = "lpad(a::text, 32, '0')::uuid"
_NUMBER: Final = "'+4759' || lpad((a - %(first)s)::text, 6, '0')"
_STATEMENTS: Final = (
    f"""
INSERT INTO accounts_account (id, sid, kind, country, currency, locale, created_at,
       email_confirmed_at, phone_confirmed_at)
OVERRIDING SYSTEM VALUE
SELECT a, 'AC' || md5(a::text), 'person', 'NO', 'EUR', 'en', {_NOW} - interval '90 days',
       {_NOW}, {_NOW} {_ACCOUNTS}""",
    f"""
INSERT INTO accounts_authtoken (account_id, token, sha256, short_index, created_at)
SELECT a, '\\x00',
       sha256(convert_to('bench' || lpad((a - %(first)s)::text, 27, '0'), 'UTF8')),
       sha256(convert_to(a::text, 'UTF8')), {_NOW} {_ACCOUNTS}""",
    f"SELECT count(ledger.open_wallet(a, 'EUR', {_NOW})) {_ACCOUNTS}",
    f"""
SELECT count(ledger.post(a, {_ID}, 1::smallint, 'EUR', ARRAY[3]::smallint[],
       ARRAY[1000000000000], 1::smallint, {_ID}, NULL, NULL, {_NOW})) {_ACCOUNTS}""",
    f"""
INSERT INTO leases_rentable (number_id, e164, country, kind, city, region, area, carrier, sms,
       voice, supplier, withdrawn, account_id, lease_id, held_since)
SELECT {_ID}, {_NUMBER}, 'NO', 'local', '', '', '', 'bench', true, false, 'bench', false, a,
       {_ID}, {_THEN} {_ACCOUNTS}""",
    f"""
INSERT INTO leases_lease (account_id, id, key, number_id, e164, country, kind, city, carrier,
       supplier, state, price_id, monthly_net_micro, currency, timezone, surface,
       consent_immediate_at, texts, documents, fee_kept, placed_at, activated_at, anchor_at,
       months, periods, paid_until, reminded, tries, next_due_at, end_reason, leave_reason,
       for_one_period)
SELECT a, {_ID}, {_ID}, {_ID}, {_NUMBER}, 'NO', 'local', '', 'bench', 'bench', 'active', {_ID},
       10000000, 'EUR', 'Europe/Oslo', 'bench', {_THEN}, '[]', '[]', false, {_THEN}, {_THEN},
       {_THEN}, 1, 1, {_END}, 0, 0, {_END}, '', '', false {_ACCOUNTS}""",
    f"""
INSERT INTO leases_holding (account_id, id, lease_id, number_id, e164, from_at)
SELECT a, {_ID}, {_ID}, {_ID}, {_NUMBER}, {_THEN} {_ACCOUNTS}""",
    # As many texts as a machine can send: what is measured is the work, not the limit.
    f"""
INSERT INTO messaging_sendinglimits (account_id, per_minute, per_day, new_recipients_per_hour,
       new_abroad_per_day, changed_at) VALUES (0, 0, 0, 0, 0, {_NOW})""",  # noqa: S608 -- our own words
)


def main() -> None:
    """Install texts, services and rates, and print what a text to TO says."""
    use_settings()
    import django  # noqa: PLC0415 -- settings come first

    django.setup()
    from nummer.apps.agreements import actions as agreements  # noqa: PLC0415 -- after setup
    from nummer.apps.catalogue import actions as catalogue  # noqa: PLC0415 -- after setup
    from nummer.apps.catalogue import sms_rates, sms_tariff  # noqa: PLC0415 -- after setup
    from nummer.kernel import clock  # noqa: PLC0415 -- after setup
    from nummer.kernel.phone import PhoneNumber  # noqa: PLC0415 -- after setup

    now = clock.now()
    catalogue.install_services(now=now)
    agreements.install_documents(now=now)
    _install_rates()
    quote = sms_rates.sms_quote(
        to=PhoneNumber(TO), ours_country="NO", currency="EUR", customer_country="NO", now=now
    )
    said = {
        "rate_id": str(quote.rate_id),
        "net": quote.per_part.net.micro,
        "tax": quote.per_part.tax.micro,
        "tax_bp": sms_tariff.tax_bp("NO", now=now),
        "version": sms_tariff.version(),
    }
    json.dump(said, sys.stdout)


def _install_rates() -> None:
    """Sell texts to PREFIX above what they cost."""
    from nummer.apps.catalogue import sms_pricing  # noqa: PLC0415 -- after setup
    from nummer.apps.catalogue.sms_pricing import CostLine, RateLine  # noqa: PLC0415 -- after setup
    from nummer.kernel import clock  # noqa: PLC0415 -- after setup
    from nummer.kernel.money import Money  # noqa: PLC0415 -- after setup

    before = clock.now() - _A_DAY
    net, cost = Money.parse("0.05", "EUR"), Money.parse("0.02", "EUR")
    lines = [RateLine(PREFIX, local=local, net=net, currency="EUR") for local in (True, False)]
    sms_pricing.add_rates(lines, from_at=before, actor="staff:0", now=before)
    sms_pricing.set_route(
        carrier="bench",
        supplier="bench",
        prefix=PREFIX,
        enabled=True,
        priority=1,
        throughput_per_s=1_000,
        actor="staff:0",
        now=before,
    )
    sms_pricing.add_costs(
        [CostLine(PREFIX, "", cost, "EUR")],
        carrier="bench",
        from_at=before,
        actor="staff:0",
        now=before,
    )


if __name__ == "__main__":
    main()
