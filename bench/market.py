"""Customers with keys and money, numbers on sale, and a past of orders: what a purchase needs.

Texts, services and prices are installed by their own verbs. The rest is filled in by SQL, since
thousands of customers made by sign-up would take longer than the benchmark.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any, Final

from bench.cluster import Cluster
from bench.web import environment

CUSTOMERS: Final = 200
FIRST: Final = 2_000_000  # the account before the first
NUMBERS: Final = 30_000
SERVICES: Final = ("tg", "wa", "ig", "fb", "go", "vi", "mm", "ub", "am", "ds")
COUNTRY: Final = "NO"
PAST: Final = 10_000  # orders that lie there before a run, without growth
_STEP: Final = 20_000


def key_of(place: int) -> str:
    """Return the secret of the key of the customer at a place, from 0."""
    return f"bench{place:027d}"


def account_of(place: int) -> int:
    """Return the account of the customer at a place."""
    return FIRST + 1 + place


def open_market(
    cluster: Cluster, *, times: int, customers: int = CUSTOMERS
) -> dict[str, dict[str, Any]]:
    """Make it all, with `times` times the usual past; return by service what an order says."""
    installed = subprocess.run(  # noqa: S603 -- our own words
        [sys.executable, "-m", "bench.terms", *SERVICES],
        env=environment(cluster),
        stdout=subprocess.PIPE,
        check=True,
    )
    terms: dict[str, dict[str, Any]] = json.loads(installed.stdout)
    asked = {
        "first": FIRST + 1,
        "last": FIRST + customers,
        "numbers": NUMBERS,
        "services": list(SERVICES),
        "country": COUNTRY,
    }
    with cluster.connect() as link:
        for statement in _STATEMENTS:
            link.execute(statement, asked)
        link.execute(_LIMITS)
        for service in SERVICES:
            link.execute(_SLOTS, {"service": service, "first": 0, "last": NUMBERS - 1})
        for start in range(0, PAST * times, _STEP):
            stop = min(start + _STEP, PAST * times) - 1
            rows = {"start": start, "stop": stop, "customers": customers, "first": FIRST + 1}
            link.execute(_PAST_NUMBERS, rows)
            for statement in _PAST:
                link.execute(statement, {**rows, **terms[SERVICES[0]], "service": SERVICES[0]})
        link.execute("VACUUM ANALYZE")
    return terms


_NOW: Final = "transaction_timestamp()"
_ACCOUNTS: Final = "FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS a"
_STATEMENTS: Final = (
    f"""
INSERT INTO accounts_account (id, sid, kind, country, currency, locale, created_at,
       email_confirmed_at, phone_confirmed_at)
OVERRIDING SYSTEM VALUE
SELECT a, 'AC' || md5(a::text), 'person', %(country)s, 'EUR', 'en', {_NOW}, {_NOW}, {_NOW}
{_ACCOUNTS}""",
    f"""
INSERT INTO accounts_apikey (id, account_id, sha256, short_index, label, dialect, reads_only,
       scopes, revision, created_at)
SELECT lpad(a::text, 32, '0')::uuid, a,
       sha256(convert_to('bench' || lpad((a - %(first)s)::text, 27, '0'), 'UTF8')),
       sha256(convert_to(a::text, 'UTF8')), '\\x00', 'classic', false, '', 0, {_NOW}
{_ACCOUNTS}""",
    f"""
INSERT INTO agreements_acceptance (account_id, id, document, version, language, sha256, surface,
       key_id, accepted_at)
SELECT a, lpad((a * 10 + row_number() OVER (PARTITION BY a))::text, 32, '0')::uuid, p.document,
       p.version, p.language, p.sha256, 'site', lpad(a::text, 32, '0')::uuid, {_NOW}
{_ACCOUNTS}, agreements_published p
 WHERE p.language = 'en'
   AND p.document IN ('immediate-performance', 'one-time-restrictions')""",
    f"SELECT count(ledger.open_wallet(a, 'EUR', {_NOW})) {_ACCOUNTS}",
    f"""
SELECT count(ledger.post(a, lpad(a::text, 32, '0')::uuid, 1::smallint, 'EUR',
       ARRAY[3]::smallint[], ARRAY[1000000000000], 1::smallint, lpad(a::text, 32, '0')::uuid,
       NULL, NULL, {_NOW})) {_ACCOUNTS}""",
    f"""
INSERT INTO numbers_number (id, e164, country, carrier, kind, sms, voice, status, added_at)
SELECT lpad((8000000000 + n)::text, 32, '0')::uuid, '+4741' || lpad(n::text, 6, '0'), %(country)s,
       'bench', 'mobile', true, false, 'active', {_NOW}
  FROM generate_series(0, %(numbers)s - 1) AS n""",  # noqa: S608 -- our own words
)
_LIMITS: Final = f"""
INSERT INTO standing_limits (account_id, orders_per_minute, open_max, share_percent_min,
       share_after, changed_at) VALUES (0, 100000, 1000000, 3, 100, {_NOW})"""  # noqa: S608 -- our own words
_SLOTS: Final = """
INSERT INTO numbers_slot (number_id, e164, service_code, country, carrier, withdrawn)
SELECT n.id, n.e164, %(service)s, n.country, n.carrier, false FROM numbers_number n
 WHERE n.e164 LIKE '+4741%%' ORDER BY n.id"""

# One past order of a customer: its number, slot, activation, charge and row, all ended yesterday.
_OLD: Final = """
  FROM generate_series(%(start)s::bigint, %(stop)s::bigint) AS i
  CROSS JOIN LATERAL (SELECT %(first)s + i %% %(customers)s AS account,
    lpad((9000000000 + i)::text, 32, '0')::uuid AS id,
    '+998' || lpad(i::text, 9, '0') AS e164,
    transaction_timestamp() - interval '1 day' AS at) AS o"""
_PAST_NUMBERS: Final = f"""
INSERT INTO numbers_number (id, e164, country, carrier, kind, sms, voice, status, added_at)
SELECT o.id, o.e164, 'NO', 'bench', 'mobile', true, false, 'active', o.at {_OLD}"""
_PAST: Final = (
    f"""
INSERT INTO numbers_slot (id, number_id, e164, service_code, country, carrier, withdrawn,
       claimed_at, account_id, activation_id, released_at)
OVERRIDING SYSTEM VALUE
SELECT 100000000 + i, o.id, o.e164, %(service)s, 'NO', 'bench', false, o.at, o.account, o.id, o.at
{_OLD}""",
    f"""
INSERT INTO numbers_activation (account_id, id, public_id, order_id, slot_id, e164, service_code,
       country, carrier, state, opened_at, window_ends_at, closed_at)
SELECT o.account, o.id, 500000000 + i, o.id, 100000000 + i, o.e164, %(service)s, 'NO', 'bench',
       'cancelled', o.at, o.at + interval '20 minutes', o.at
{_OLD}""",
    f"""
INSERT INTO orders_order (account_id, id, key, kind, service_code, country, price_id, net_micro,
       tax_micro, total_micro, tax_rate_bp, currency, window_s, surface, consent_immediate_at,
       consent_loss_at, texts, documents, listing, placed_at, confirmed_at)
SELECT o.account, o.id, o.id, 'one_time', %(service)s, 'NO', %(price_id)s, %(net)s, %(tax)s,
       %(net)s + %(tax)s, %(rate_bp)s, 'EUR', %(window_s)s, 'activate', o.at, o.at,
       %(texts)s::jsonb, %(documents)s::jsonb, %(listing)s::jsonb, o.at, o.at
{_OLD}""",
    f"""
SELECT count(*) FROM (SELECT array_agg(o.account ORDER BY i) AS accounts,
         array_agg(o.id ORDER BY i) AS ids, count(*)::int AS n, max(o.at) AS at {_OLD}) AS b,
       LATERAL ledger.post_many(b.accounts, b.ids, array_fill(2::smallint, ARRAY[n]),
         array_fill('EUR'::text, ARRAY[n]), array_fill(1::smallint, ARRAY[n]), b.ids,
         array_fill(NULL::text, ARRAY[n]),
         ARRAY(SELECT (k + 1) / 2 FROM generate_series(1, 2 * n) AS k),
         ARRAY(SELECT (2 - k %% 2)::smallint FROM generate_series(1, 2 * n) AS k),
         ARRAY(SELECT CASE k %% 2 WHEN 1 THEN -%(net)s::bigint ELSE -%(tax)s::bigint END
                 FROM generate_series(1, 2 * n) AS k), b.at)""",  # noqa: S608 -- our own words
)
