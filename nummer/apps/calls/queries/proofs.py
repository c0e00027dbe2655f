"""Proofs that calls and their money agree."""

from __future__ import annotations

from typing import Final

from django.db import connection

_PROOFS: Final = (
    (
        "call that goes on has its money held",
        """
        SELECT count(*) FROM calls_call c
          LEFT JOIN ledger.hold h ON h.account_id = c.account_id AND h.id = c.id
         WHERE c.state IN ('allowed', 'talking')
           AND (CASE WHEN c.held_micro = 0 THEN h.id IS NOT NULL
                     ELSE h.state IS DISTINCT FROM 'open'
                          OR h.amount IS DISTINCT FROM c.held_micro END)
        """,
    ),
    (
        "call that ended took once what it says",
        """
        SELECT count(*) FROM calls_call c
         WHERE c.net_micro IS NOT NULL
           AND c.net_micro + c.tax_micro IS DISTINCT FROM (
             SELECT coalesce(-sum(t.amount), 0) FROM ledger.transfer t
              WHERE t.account_id = c.account_id AND t.id = c.id)
        """,
    ),
    (
        "call that ended holds no money",
        """
        SELECT count(*) FROM calls_call c
          JOIN ledger.hold h ON h.account_id = c.account_id AND h.id = c.id
         WHERE c.state IN ('ended', 'failed') AND h.state = 'open'
        """,
    ),
    (
        "charge of a call is what its terms say for its talk",
        """
        SELECT count(*) FROM (
          SELECT c.*, CASE WHEN c.talk_s <= c.free_s THEN 0
                           ELSE c.minimum_s + ceil(greatest(
                             c.talk_s - c.free_s - c.minimum_s, 0)::numeric / c.step_s)
                             * c.step_s END AS should_s
            FROM calls_call c WHERE c.state = 'ended') c
         WHERE c.billed_s <> c.should_s
            OR c.covered_s <> least(c.should_s, c.package_s)
            OR c.net_micro <> CASE WHEN c.package_s > 0 THEN 0 ELSE c.setup_net_micro END
                 + ceil(c.minute_net_micro::numeric * (c.billed_s - c.covered_s) / 60)
            OR c.tax_micro <> ceil(c.net_micro::numeric * c.tax_bp / 10000)
        """,
    ),
    (
        "package has given what its calls say",
        """
        SELECT count(*) FROM calls_package k
         CROSS JOIN LATERAL (
           SELECT coalesce(sum(c.covered_s), 0) AS used,
                  coalesce(sum(c.package_s) FILTER (
                    WHERE c.state IN ('allowed', 'talking')), 0) AS kept
             FROM calls_call c
            WHERE c.account_id = k.account_id AND c.package_id = k.id) t
         WHERE (k.used_s, k.kept_s) IS DISTINCT FROM (t.used, t.kept)
        """,
    ),
)


def audit_lines() -> list[tuple[str, int, str]]:
    """Return each proof's name, how many rows break it, and where to look."""
    found = []
    with connection.cursor() as cursor:
        for name, sql in _PROOFS:
            cursor.execute(sql)
            ((breaches,),) = cursor.fetchall()
            found.append((name, int(breaches), "calls_call"))
    return found
