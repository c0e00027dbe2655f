"""A customer who sends: a rented number, money, rates, a route and no limits."""

from __future__ import annotations

import hashlib
from typing import Final

from bench.cluster import Cluster

SID: Final = "AC" + hashlib.sha256(b"bench").hexdigest()[:32]
SECRET: Final = "bench-sender-secret"  # noqa: S105 -- of a customer on loopback
OURS_DIGITS: Final = "4759441001"
ACCOUNT: Final = 7_000_001


def settle_in(cluster: Cluster) -> None:
    """Make the customer."""
    asked = {
        "account": ACCOUNT,
        "sid": SID,
        "sha256": hashlib.sha256(SECRET.encode()).digest(),
        "ours": f"+{OURS_DIGITS}",
    }
    with cluster.connect() as link, link.transaction():
        for statement in _STATEMENTS:
            link.execute(statement.replace("$NOW", _NOW).replace("$ID", _ID), asked)


_NOW: Final = "transaction_timestamp()"
_ID: Final = "lpad(%(account)s::text, 32, '0')::uuid"
_STATEMENTS: Final = (
    """
INSERT INTO accounts_account (id, sid, kind, country, currency, locale, created_at,
       email_confirmed_at, phone_confirmed_at)
OVERRIDING SYSTEM VALUE
VALUES (%(account)s, %(sid)s, 'person', 'NO', 'EUR', 'en', $NOW - interval '1 year', $NOW,
        $NOW)""",
    """
INSERT INTO accounts_apikey (id, account_id, sha256, short_index, label, dialect, reads_only,
       scopes, revision, created_at)
VALUES ($ID, %(account)s, %(sha256)s, %(sha256)s, '\\x00', 'classic', false, '', 0, $NOW)""",
    "SELECT ledger.open_wallet(%(account)s, 'EUR', $NOW)",
    """
SELECT ledger.post(%(account)s, $ID, 1::smallint, 'EUR', ARRAY[3]::smallint[],
       ARRAY[1000000000000], 1::smallint, $ID, NULL, NULL, $NOW)""",
    """
INSERT INTO leases_lease (account_id, id, key, number_id, e164, country, kind, carrier, supplier,
       state, price_id, monthly_net_micro, currency, timezone, surface, consent_immediate_at, texts,
       documents, fee_kept, placed_at, activated_at, anchor_at, months, periods, paid_until,
       reminded, tries, end_reason, city, for_one_period, leave_reason)
VALUES (%(account)s, $ID, $ID, $ID, %(ours)s, 'NO', 'local', 'bench', 'bench', 'active',
        $ID, 10000000, 'EUR', 'Europe/Oslo', 'bench', $NOW, '[]', '[]', false, $NOW, $NOW,
        $NOW, 1, 1, $NOW + interval '30 days', 0, 0, '', '', false, '')""",
    """
INSERT INTO catalogue_smsrate (id, currency, local, prefix, net_micro, from_at, reason)
VALUES ($ID, 'EUR', false, '47', 50000, $NOW - interval '1 day', '')""",
    """
INSERT INTO catalogue_smscost (id, carrier, prefix, destination, currency, cost_micro, from_at,
       reason)
VALUES ($ID, 'bench', '47', 'Norway', 'EUR', 20000, $NOW - interval '1 day', '')""",
    """
INSERT INTO catalogue_smsroute (id, carrier, supplier, prefix, enabled, priority, throughput_per_s)
VALUES ($ID, 'bench', 'bench', '47', true, 1, 1000000)""",
    """
INSERT INTO messaging_sendinglimits (account_id, per_minute, per_day, new_recipients_per_hour,
       new_abroad_per_day, changed_at)
VALUES (%(account)s, 0, 0, 0, 0, $NOW)""",
)
